using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>Who a record is. Its length and every byte of it follow from that, so that nothing needs to be kept to know whether it is whole.</summary>
internal readonly record struct StressContent(int Sender, int Key, int Sequence)
{
    public const int KeySize = 8;
    public const int LargestValue = 900 * 1024;

    /// <summary>Most are short, a few are very long: on the average five kilobytes.</summary>
    public int Length
    {
        get
        {
            ulong hash = Hash;
            int part = (int)(hash >> 32 & 0xffff);
            return (int)(hash % 1000) switch
            {
                < 20 => 0,
                < 500 => part % 100,
                < 800 => part % 1000,
                < 950 => part % 10_000,
                < 995 => part * 3 / 2,
                < 999 => part * 7,
                _ => LargestValue - (part % 100),
            };
        }
    }

    private ulong Hash => Next(Next(((ulong)(uint)Sequence << 32) | ((ulong)(uint)Sender << 16) | (uint)Key));

    public static StressContent Parse(ReadOnlySpan<byte> key)
    {
        Assert.Equal(KeySize, key.Length);
        return new StressContent(
            BinaryPrimitives.ReadInt16BigEndian(key), BinaryPrimitives.ReadInt16BigEndian(key[2..]), BinaryPrimitives.ReadInt32BigEndian(key[4..]));
    }

    public void WriteKey(Span<byte> key)
    {
        BinaryPrimitives.WriteInt16BigEndian(key, (short)Sender);
        BinaryPrimitives.WriteInt16BigEndian(key[2..], (short)Key);
        BinaryPrimitives.WriteInt32BigEndian(key[4..], Sequence);
    }

    public void WriteValue(Span<byte> value)
    {
        ulong state = Hash;
        while (value.Length > 0)
        {
            // Four words of a kind, so that codecs have something to do.
            state = Next(state);
            for (int i = 0; i < 4 && value.Length > 0; i++)
            {
                ReadOnlySpan<byte> word = MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in state));
                word = word[..Math.Min(word.Length, value.Length)];
                word.CopyTo(value);
                value = value[word.Length..];
            }
        }
    }

    /// <summary>Whether a value is this record's, byte for byte.</summary>
    public bool IsValue(ReadOnlySpan<byte> value)
    {
        if (value.Length != Length)
        {
            return false;
        }

        ulong state = Hash;
        while (value.Length > 0)
        {
            state = Next(state);
            for (int i = 0; i < 4 && value.Length > 0; i++)
            {
                ReadOnlySpan<byte> word = MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in state));
                word = word[..Math.Min(word.Length, value.Length)];
                if (!value.StartsWith(word))
                {
                    return false;
                }

                value = value[word.Length..];
            }
        }

        return true;
    }

    // splitmix64
    private static ulong Next(ulong state)
    {
        ulong mixed = state + 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }
}
