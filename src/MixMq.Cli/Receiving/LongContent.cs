using MixMq.Cli.Output;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Receiving;

/// <summary>Writes contents that don't stand in their messages into a folder: read in chunks, from where an interrupted run stopped.</summary>
internal static class LongContent
{
    /// <summary>The file's path, when all of it is on disk under its name.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    public static async Task<string> WriteAsync(
        NodeControlClient client, MessageFolder folder, ReceivedMessage message, ReadContentRequest where, CommandOutput output, CancellationToken cancellationToken)
    {
        var partial = folder.PartialOf(message);
        using (var file = MessageFolder.OpenPartial(partial, (long)message.Size))
        {
            using var progress = new ByteProgress(output, $"#{message.Position}", (long)message.Size);
            where.Offset = (ulong)file.Length;
            file.Seek(0, SeekOrigin.End);
            await foreach (var chunk in client.ReadContentAsync(where, null, cancellationToken))
            {
                if (chunk.Offset != (ulong)file.Position)
                    throw new IOException("The node gave another part of the content than was asked for; receive it again.");
                await file.WriteAsync(chunk.Data.Memory, cancellationToken);
                progress.Report(file.Position);
            }

            if ((ulong)file.Length != message.Size)
                throw new IOException($"The content has {message.Size} bytes, and {file.Length} came; receive it again.");
            file.Flush(flushToDisk: true);
        }

        return folder.Place(partial, message);
    }
}
