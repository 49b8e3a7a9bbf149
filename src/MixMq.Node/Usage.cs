namespace MixMq.Node;

/// <summary>What <c>--help</c> shows.</summary>
internal static class Usage
{
    internal const string Text = """
        MixMq.Node: an endpoint node of a MixMq network. It keeps an institution's messages in its own database and sends and receives
        them through its floats. Applications and the mixmq command talk to it over its control socket.

        Usage: MixMq.Node --config FILE [--check-config | --doctor] [--section:key=value ...]

          --config FILE          JSON configuration; relative paths in it start from its folder
          --check-config         say everything that is wrong with the configuration, or that it is valid, and end
          --doctor [--peer NAME] [--json] [--bundle FILE]
                                 look at everything it needs (certificates, listeners, peers, room), say what is wrong and what to do, and end;
                                 --peer: at this one alone, which is dialled even if its link is up; --bundle: write what was found into
                                 a new file (.tar.gz) for who helps, with names, addresses, hosts and paths replaced
          --section:key=value    override one setting, such as --log:level=debug or --mixing:meanDelayMs=20
          --restore FILE [--force]
                                 put a backup of the message store back, say what is in it, and end; mixmq restore says more
          --watch-stdin          stop when standard input ends: for programs that start a node and must not leave it behind
          --version              show the version and end
          --help                 show this text and end

        Settings are also read from environment variables MIXMQ__section__key. The command line wins over them, they over the file.

        Signals: SIGTERM and SIGINT stop the node within limits:drainSeconds; messages accepted before go on at the next start.
        SIGHUP reads the configuration and the files of certificates and CAs again now, as happens by itself when they change. Of the
        configuration, peers and contacts are taken at once; what else has changed takes effect at the next start, and the log says so.

        Exit codes: 0 ended as asked, 1 failed at run time or --doctor found problems, 2 wrong usage or configuration.
        """;
}
