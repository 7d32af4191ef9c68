using System.IO.Compression;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Compression.Gzip;

/// <summary>
/// Reads gzip with the framework's zlib, again and again through one stream, so that nothing is allocated per input. One caller at a time.
/// </summary>
/// <remarks>
/// <see cref="GZipStream"/> cannot be reset, and at the end of its input it does not tell a complete member from a truncated one. Both are
/// solved by what it does promise: members in a row are one stream. Behind every input we put a small member of our own, the end mark.
/// If the mark's content comes out last, the input was made of complete members whose checksums were right, and the stream stands at the
/// begin of a member: the next input can follow. A truncated member swallows the mark; bytes that are no member stand in its way. Either way it
/// does not come out, and the decoder must not be used again (see <see cref="Decode"/>).
/// </remarks>
internal sealed unsafe class GzipDecoder : IDisposable
{
    private const string Name = "gzip";

    // Header and trailer of a member with nothing in it, without the deflate data.
    private const int ShortestMember = 18;
    private const int ReadSize = 4096;

    private readonly SpanSourceStream _source;
    private readonly GZipStream _stream;

    public GzipDecoder()
    {
        _source = new SpanSourceStream([.. EndMember]);
        _stream = new GZipStream(_source, CompressionMode.Decompress, leaveOpen: true);
    }

    private static ReadOnlySpan<byte> EndMark =>
        [0x9d, 0x3e, 0x71, 0xc4, 0x0b, 0xf8, 0x56, 0xa2, 0xe7, 0x14, 0x8d, 0x69, 0x3b, 0xd0, 0x42, 0xbf];

    /// <summary>A gzip member with the mark in a stored block.</summary>
    private static ReadOnlySpan<byte> EndMember =>
    [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x01, 0x10, 0x00, 0xef, 0xff,
        0x9d, 0x3e, 0x71, 0xc4, 0x0b, 0xf8, 0x56, 0xa2, 0xe7, 0x14, 0x8d, 0x69, 0x3b, 0xd0, 0x42, 0xbf,
        0x0c, 0xde, 0xb1, 0xf7, 0x10, 0x00, 0x00, 0x00,
    ];

    /// <summary>Appends what the members in <paramref name="input"/> hold. After an exception the decoder must be disposed of.</summary>
    public void Decode(ReadOnlySpan<byte> input, PooledBuffer destination, int maxOutputLength)
    {
        if (input.Length < ShortestMember)
        {
            CorruptData.Throw(Name, input.Length, "the input ends within its first member");
        }

        fixed (byte* start = input)
        {
            _source.Open(start, input.Length);
            try
            {
                ReadAll(destination, maxOutputLength);
            }
            catch (Exception exception) when (exception is InvalidDataException or IOException)
            {
                CorruptData.Throw(Name, _source.Consumed, exception.Message.TrimEnd('.'), exception);
            }
            finally
            {
                _source.Release();
            }
        }
    }

    public void Dispose() => _stream.Dispose();

    private void ReadAll(PooledBuffer destination, int maxOutputLength)
    {
        int start = destination.Length;
        long most = (long)maxOutputLength + EndMark.Length;
        while (true)
        {
            long produced = destination.Length - start;
            if (produced > most)
            {
                CorruptData.ThrowTooLarge(Name, _source.Consumed, maxOutputLength);
            }

            // One byte more than allowed may come, to tell "just enough" from "too much".
            int room = (int)Math.Min(ReadSize, most - produced + 1);
            Span<byte> free = destination.GetSpan(room);
            int read = _stream.Read(free[..(int)Math.Min(free.Length, most - produced + 1)]);
            if (read == 0)
            {
                break;
            }

            destination.Advance(read);
        }

        if (!_source.AllTaken || destination.Length - start < EndMark.Length || !destination.WrittenSpan.EndsWith(EndMark))
        {
            CorruptData.Throw(Name, _source.Consumed, "the input is truncated, or its last member is followed by bytes that are no member");
        }

        destination.Truncate(destination.Length - EndMark.Length);
    }
}
