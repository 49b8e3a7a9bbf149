using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace MixMq.Cli.Packets;

/// <summary>Lines of a stream, as they come. A line above the limit is passed over without being held, and given as null.</summary>
internal static class BoundedLines
{
    public static async IAsyncEnumerable<byte[]?> ReadAsync(Stream stream, int maxBytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 1 << 16, leaveOpen: true));
        var skipping = false;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                yield return skipping || line.Length > maxBytes ? null : line.ToArray();
                skipping = false;
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            if (read.IsCompleted)
            {
                if (skipping || buffer.Length > maxBytes)
                    yield return null;
                else if (!buffer.IsEmpty)
                    yield return buffer.ToArray();
                break;
            }

            if (buffer.Length > maxBytes)
            {
                skipping = true;
                buffer = buffer.Slice(buffer.End);
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }

        await reader.CompleteAsync();
    }
}
