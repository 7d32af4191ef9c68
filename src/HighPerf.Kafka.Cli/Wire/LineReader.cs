using System.IO.Compression;
using System.IO.Pipelines;

namespace HighPerf.Kafka.Cli.Wire;

/// <summary>The lines of a stream as UTF-8, unzipped when it begins like gzip. Owner: the one thread that reads.</summary>
internal sealed class LineReader : IDisposable
{
    private const int FirstBuffer = 1 << 16;
    private const int LargestLine = 1 << 29;

    private readonly Stream _source;
    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;
    private int _searched;
    private bool _isAtEnd;

    private LineReader(Stream source) => _source = source;

    /// <summary>The lines taken so far.</summary>
    public long Number { get; private set; }

    /// <summary>Opens a file; "-" is standard input.</summary>
    public static async Task<LineReader> OpenAsync(string path, CancellationToken token)
    {
        PipeReader bytes = PipeReader.Create(path == "-" ? Console.OpenStandardInput() : File.OpenRead(path));
        ReadResult first = await bytes.ReadAtLeastAsync(2, token);
        bool isGzip = first.Buffer.Length >= 2 && first.Buffer.FirstSpan is [0x1f, 0x8b, ..];
        bytes.AdvanceTo(first.Buffer.Start);
        Stream source = bytes.AsStream();
        return new LineReader(isGzip ? new GZipStream(source, CompressionMode.Decompress) : source);
    }

    /// <summary>The next line that is there already, without its end. Valid until <see cref="Fill"/>.</summary>
    public bool TryTake(out ReadOnlyMemory<byte> line)
    {
        int length = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (length < 0 && !(_isAtEnd && _start < _end))
        {
            _searched = _end;
            line = default;
            return false;
        }

        int end = length < 0 ? _end : _searched + length;
        line = _buffer.AsMemory(_start, end - _start);
        if (Number++ == 0 && line.Span.StartsWith("\uFEFF"u8))
        {
            line = line[3..];
        }

        _start = Math.Min(end + 1, _end);
        _searched = _start;
        return true;
    }

    /// <summary>Reads on; false when nothing is left.</summary>
    public bool Fill()
    {
        if (_isAtEnd)
        {
            return false;
        }

        MakeRoom();
        try
        {
            int read = _source.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            _isAtEnd = read == 0;
        }
        catch (InvalidDataException e)
        {
            throw new WireException($"the input begins like gzip, but after line {Number} it is damaged: {e.Message}");
        }

        return !_isAtEnd || _start < _end;
    }

    public void Dispose() => _source.Dispose();

    private void MakeRoom()
    {
        byte[] target = _buffer;
        if (_end - _start > _buffer.Length / 2)
        {
            if (_buffer.Length >= LargestLine)
            {
                throw new WireException($"line {Number + 1} is longer than {LargestLine / 2:N0} bytes; is this a file of JSON lines?");
            }

            target = new byte[_buffer.Length * 2];
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        _searched -= _start;
        _end -= _start;
        _start = 0;
        _buffer = target;
    }
}
