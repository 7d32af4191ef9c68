using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Tests.Compression;

/// <summary>Puts lz4 frames together by hand, right or wrong.</summary>
internal sealed class Lz4FrameBuilder
{
    private readonly List<byte> _bytes = [];

    public Lz4FrameBuilder Frame(byte flags = 0x60, byte descriptor = 0x40, long? contentSize = null, bool legacyChecksum = false, byte checksumError = 0)
    {
        int start = _bytes.Count;
        UInt32(0x184D2204);
        _bytes.Add(flags);
        _bytes.Add(descriptor);
        if (contentSize is { } size)
        {
            Span<byte> wire = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(wire, size);
            _bytes.AddRange(wire);
        }

        byte[] hashed = [.. _bytes.Skip(start + (legacyChecksum ? 0 : 4))];
        _bytes.Add((byte)((XxHash32.Hash(hashed) >> 8) ^ checksumError));
        return this;
    }

    public Lz4FrameBuilder UInt32(uint value)
    {
        Span<byte> wire = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(wire, value);
        _bytes.AddRange(wire);
        return this;
    }

    public Lz4FrameBuilder Block(ReadOnlySpan<byte> encoded)
    {
        UInt32((uint)encoded.Length);
        _bytes.AddRange(encoded);
        return this;
    }

    public Lz4FrameBuilder Stored(ReadOnlySpan<byte> content)
    {
        UInt32((uint)content.Length | 0x80000000);
        _bytes.AddRange(content);
        return this;
    }

    public Lz4FrameBuilder Hash(ReadOnlySpan<byte> hashed) => UInt32(XxHash32.Hash(hashed));

    public Lz4FrameBuilder End() => UInt32(0);

    public Lz4FrameBuilder Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public byte[] ToArray() => [.. _bytes];
}
