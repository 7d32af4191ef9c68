using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Protocol.Compression;

/// <summary>The 32-bit xxHash, which lz4 frames use for their header, blocks and content. Four independent lanes keep the multipliers busy.</summary>
internal static class XxHash32
{
    private const uint Prime1 = 0x9E3779B1;
    private const uint Prime2 = 0x85EBCA77;
    private const uint Prime3 = 0xC2B2AE3D;
    private const uint Prime4 = 0x27D4EB2F;
    private const uint Prime5 = 0x165667B1;

    public static uint Hash(ReadOnlySpan<byte> data, uint seed = 0)
    {
        uint hash = data.Length >= 16 ? Lanes(ref data, seed, out int total) : Short(data, seed, out total);
        hash += (uint)total;
        while (data.Length >= 4)
        {
            hash = BitOperations.RotateLeft(hash + (BinaryPrimitives.ReadUInt32LittleEndian(data) * Prime3), 17) * Prime4;
            data = data[4..];
        }

        foreach (byte b in data)
        {
            hash = BitOperations.RotateLeft(hash + (b * Prime5), 11) * Prime1;
        }

        hash = (hash ^ (hash >> 15)) * Prime2;
        hash = (hash ^ (hash >> 13)) * Prime3;
        return hash ^ (hash >> 16);
    }

    private static uint Short(ReadOnlySpan<byte> data, uint seed, out int total)
    {
        total = data.Length;
        return seed + Prime5;
    }

    private static uint Lanes(ref ReadOnlySpan<byte> data, uint seed, out int total)
    {
        total = data.Length;
        uint a = seed + Prime1 + Prime2;
        uint b = seed + Prime2;
        uint c = seed;
        uint d = seed - Prime1;
        ref byte start = ref MemoryMarshal.GetReference(data);
        nuint position = 0;
        nuint whole = (nuint)(data.Length & ~15);
        while (position < whole)
        {
            a = Round(a, Read(ref start, position));
            b = Round(b, Read(ref start, position + 4));
            c = Round(c, Read(ref start, position + 8));
            d = Round(d, Read(ref start, position + 12));
            position += 16;
        }

        data = data[(int)whole..];
        return BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Round(uint lane, uint input) => BitOperations.RotateLeft(lane + (input * Prime2), 13) * Prime1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Read(ref byte start, nuint position)
    {
        uint value = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, position));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }
}
