namespace HighPerf.Kafka.Protocol.Tests.Compression;

/// <summary>Makes a wrong input from a right one.</summary>
internal static class Mutation
{
    public static byte[] Of(byte[] seed, Random random, int largest)
    {
        List<byte> bytes = [.. seed.AsSpan(0, Math.Min(seed.Length, largest))];
        for (int changes = 1 + random.Next(4); changes > 0; changes--)
        {
            int at = random.Next(bytes.Count + 1);
            int run = Math.Min(random.Next(12), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 1:
                    bytes.RemoveRange(at, run);
                    break;
                case 2:
                    bytes.InsertRange(at, CodecInputs.RandomBytes(random.Next(12), random.Next()));
                    break;
                case 3:
                    bytes.InsertRange(at, Enumerable.Repeat((byte)255, random.Next(600)));
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, run));
                    break;
                case 5 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    for (int i = at; i < at + run; i++)
                    {
                        bytes[i] = (byte)random.Next(256);
                    }

                    break;
            }
        }

        return [.. bytes.Take(largest)];
    }
}
