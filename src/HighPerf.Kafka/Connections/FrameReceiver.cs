using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// Cuts the received stream into frames: <c>size: int32, then size bytes</c>. Knows no network.
/// <para>
/// Small frames come many to one receive and lie in a shared small buffer. A frame that does not fit gets a buffer of its own, and what is still
/// missing of it
/// is received straight into that: a fetched megabyte is copied by the kernel only, but for the few kilobytes that came with its beginning.
/// A size is a claim until its bytes are there: the buffer of a large frame starts at no more than <see cref="TrustedSize"/>, or the largest
/// frame this connection really saw, and doubles as bytes come, so a lying size costs at most twice what was received (W3).
/// </para>
/// Owner: one connection, on its loop.
/// </summary>
internal sealed class FrameReceiver
{
    internal const int SmallBufferSize = 16 * 1024;
    internal const int TrustedSize = 1024 * 1024;

    private readonly BufferPool _pool;
    private readonly int _maxFrameSize;
    private SharedBuffer? _small;
    private int _start;
    private int _end;
    private SharedBuffer? _large;
    private int _largeSize;
    private int _largeEnd;
    private int _largestSeen;
    private SharedBuffer? _taken;

    /// <param name="maxFrameSize">Larger frames are refused.</param>
    public FrameReceiver(BufferPool pool, int maxFrameSize)
    {
        _pool = pool;
        _maxFrameSize = maxFrameSize;
    }

    /// <summary>Whether the stream stands between two frames.</summary>
    public bool IsBetweenFrames => _large is null && _start == _end;

    /// <summary>Where the next bytes go. Take out all complete frames first.</summary>
    public Memory<byte> GetReceiveMemory()
    {
        if (_large is not null)
        {
            EnsureLargeRoom();
            return _large.Array.AsMemory(_largeEnd, Math.Min(_large.Array.Length, _largeSize) - _largeEnd);
        }

        PrepareSmall();
        return _small!.Array.AsMemory(_end);
    }

    /// <summary>Bytes have come into the memory given last.</summary>
    public void Advance(int count)
    {
        if (_large is not null)
        {
            _largeEnd += count;
        }
        else
        {
            _end += count;
        }
    }

    /// <summary>
    /// Takes the next complete frame: the buffer it lies in (on loan until the next call of any member; add a reference to keep it) and where its content is.
    /// </summary>
    /// <exception cref="KafkaProtocolException">The next frame's size cannot be.</exception>
    public bool TryTake(out SharedBuffer buffer, out int offset, out int length)
    {
        ReleaseTaken();
        if (_large is not null)
        {
            return TryTakeLarge(out buffer, out offset, out length);
        }

        int available = _end - _start;
        buffer = null!;
        offset = 0;
        length = 0;
        if (available < sizeof(int))
        {
            return false;
        }

        byte[] bytes = _small!.Array;
        int size = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(_start));
        if (size < sizeof(int) || size > _maxFrameSize)
        {
            throw new KafkaProtocolException(DescribeBadSize(bytes.AsSpan(_start, available), size));
        }

        if (available - sizeof(int) >= size)
        {
            buffer = _small;
            offset = _start + sizeof(int);
            length = size;
            _start += sizeof(int) + size;
            return true;
        }

        if (sizeof(int) + size > bytes.Length)
        {
            BeginLarge(size);
        }

        return false;
    }

    /// <summary>Gives back the buffers.</summary>
    public void Release()
    {
        ReleaseTaken();
        _small?.Release();
        _small = null;
        _large?.Release();
        _large = null;
        _start = 0;
        _end = 0;
    }

    /// <summary>A large frame's buffer stays ours until the next call, so that its taker can add a reference.</summary>
    private void ReleaseTaken()
    {
        _taken?.Release();
        _taken = null;
    }

    private bool TryTakeLarge(out SharedBuffer buffer, out int offset, out int length)
    {
        buffer = _large!;
        offset = 0;
        length = _largeSize;
        if (_largeEnd < _largeSize)
        {
            return false;
        }

        _largestSeen = Math.Max(_largestSeen, _largeSize);
        _taken = _large;
        _large = null;
        return true;
    }

    private void BeginLarge(int size)
    {
        int have = _end - _start - sizeof(int);
        _large = new SharedBuffer(_pool, Math.Min(size, Math.Max(TrustedSize, _largestSeen)));
        _largeSize = size;
        _largeEnd = have;
        _small!.Array.AsSpan(_start + sizeof(int), have).CopyTo(_large.Array);
        if (!_small.IsExclusive)
        {
            _small.Release();
            _small = null;
        }

        _start = 0;
        _end = 0;
    }

    private void EnsureLargeRoom()
    {
        SharedBuffer full = _large!;
        if (_largeEnd < full.Array.Length)
        {
            return;
        }

        SharedBuffer larger = new(_pool, (int)Math.Min(_largeSize, 2L * full.Array.Length));
        full.Array.AsSpan(0, _largeEnd).CopyTo(larger.Array);
        full.Release();
        _large = larger;
    }

    /// <summary>
    /// Makes room behind the bytes of an incomplete frame. When somebody kept a frame of the buffer, the buffer is theirs now and we take another.
    /// </summary>
    private void PrepareSmall()
    {
        if (_small is null)
        {
            _small = new SharedBuffer(_pool, SmallBufferSize);
            return;
        }

        if (_start == 0)
        {
            return;
        }

        int rest = _end - _start;
        if (_small.IsExclusive)
        {
            _small.Array.AsSpan(_start, rest).CopyTo(_small.Array);
        }
        else
        {
            SharedBuffer fresh = new(_pool, SmallBufferSize);
            _small.Array.AsSpan(_start, rest).CopyTo(fresh.Array);
            _small.Release();
            _small = fresh;
        }

        _start = 0;
        _end = rest;
    }

    private string DescribeBadSize(ReadOnlySpan<byte> bytes, int size)
    {
        if (bytes.StartsWith("HTTP"u8))
        {
            return "The answer is HTTP, not Kafka: this is a web server. Check the host and port of the bootstrap servers.";
        }

        if (bytes[0] is 0x15 or 0x16 && bytes[1] == 0x03)
        {
            return "The answer is TLS, not Kafka: this listener wants TLS. Use the cluster's plaintext listener, or configure TLS.";
        }

        if (bytes.StartsWith("SSH-"u8))
        {
            return "The answer is SSH, not Kafka. Check the host and port of the bootstrap servers.";
        }

        string first = Convert.ToHexString(bytes[..Math.Min(bytes.Length, 16)]);
        return size < sizeof(int)
            ? $"A frame of size {size} was announced; the smallest is {sizeof(int)}. This is not a Kafka broker, or the stream is corrupt (bytes {first})."
            : $"A frame of {size} bytes was announced; at most {_maxFrameSize} are accepted (KafkaClientOptions.MaxResponseBytes). " +
              $"This is not a Kafka broker, or the limit is too small for what was asked (bytes {first}).";
    }
}
