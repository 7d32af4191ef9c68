using System.Buffers.Binary;

namespace HighPerf.Kafka.Testing.Tests.Connections;

/// <summary>Makes bad frames of good ones.</summary>
internal sealed class Mutation(Random random, byte[][] corpus)
{
    private static readonly byte[][] Lengths =
    [
        [0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0xff, 0xff, 0xff, 0xfe], [0, 1, 0, 0], [0, 0, 0, 0], [0x7f, 0xff], [0xff, 0xff],
        [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0x07], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0x80],
    ];

    /// <summary>A frame, most often a bad one; its size fits unless that is what is bad about it.</summary>
    public byte[] Next()
    {
        byte[] frame = [.. corpus[random.Next(corpus.Length)]];
        switch (random.Next(12))
        {
            case 0:
                return frame;
            case 1 or 2:
                Flip(frame);
                return frame;
            case 3:
                return Sized(frame[..random.Next(4, frame.Length + 1)]);
            case 4:
                // What follows on the connection is taken for the rest.
                return frame[..random.Next(frame.Length + 1)];
            case 5 or 6:
                Overwrite(frame, Lengths[random.Next(Lengths.Length)], 12);
                return frame;
            case 7:
                return Splice(frame, corpus[random.Next(corpus.Length)]);
            case 8:
                return Repeat(frame);
            case 9:
                BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), (short)random.Next(-1, 22));
                return frame;
            case 10:
                Overwrite(frame.AsSpan(0, 4), Lengths[random.Next(6)], 0);
                return frame;
            default:
                random.NextBytes(frame.AsSpan(random.Next(4, frame.Length)));
                return frame;
        }
    }

    private static byte[] Sized(byte[] frame)
    {
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        return frame;
    }

    private void Flip(byte[] frame)
    {
        for (int flips = 1 + random.Next(4); flips > 0; flips--)
        {
            frame[random.Next(4, frame.Length)] ^= (byte)(1 << random.Next(8));
        }
    }

    private void Overwrite(Span<byte> frame, byte[] bytes, int from)
    {
        int start = Math.Min(random.Next(from, Math.Max(from + 1, frame.Length)), frame.Length);
        bytes.AsSpan(0, Math.Min(bytes.Length, frame.Length - start)).CopyTo(frame[start..]);
    }

    private byte[] Splice(byte[] first, byte[] second) => Sized([.. first[..random.Next(8, first.Length)], .. second[random.Next(8, second.Length)..]]);

    private byte[] Repeat(byte[] frame)
    {
        int start = random.Next(8, frame.Length);
        int end = random.Next(start, frame.Length + 1);
        byte[] part = frame[start..end];
        List<byte> all = [.. frame[..end]];
        for (int times = random.Next(1, 8); times > 0; times--)
        {
            all.AddRange(part);
        }

        return Sized([.. all, .. frame[end..]]);
    }
}
