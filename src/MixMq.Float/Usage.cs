namespace MixMq.Float;

/// <summary>What <c>--help</c> shows.</summary>
internal static class Usage
{
    internal const string Text = """
        MixMq.Float: a relay of a MixMq network, made to stand in a DMZ. It forwards packets and can neither send nor read messages.

        Usage: MixMq.Float --config FILE [--check-config | --doctor] [--section:key=value ...]

          --config FILE          JSON configuration; relative paths in it start from its folder
          --check-config         say everything that is wrong with the configuration, or that it is valid, and end
          --doctor [--peer NAME] [--json] [--bundle FILE]
                                 look at everything it needs (certificates, listeners, peers, room), say what is wrong and what to do, and end;
                                 --peer: at this one alone, which is dialled even if its link is up; --bundle: write what was found into
                                 a new file (.tar.gz) for who helps, with names, addresses, hosts and paths replaced
          --section:key=value    override one setting, such as --log:level=debug or --listen:0=127.0.0.1:7401
          --watch-stdin          stop when standard input ends: for programs that start a float and must not leave it behind
          --version              show the version and end
          --help                 show this text and end

        Settings are also read from environment variables MIXMQ__section__key. The command line wins over them, they over the file.

        Signals: SIGTERM and SIGINT stop the float after it has forwarded what it holds, within limits:drainSeconds;
        SIGUSR1 rewrites the status text (statusFile) now; SIGHUP reads the configuration and the
        files of certificates and CAs again now, as happens by itself when they change. Of the configuration, peers are taken at once;
        what else has changed takes effect at the next start, and the log says so.

        Exit codes: 0 ended as asked, 1 failed at run time or --doctor found problems, 2 wrong usage or configuration.
        """;
}
