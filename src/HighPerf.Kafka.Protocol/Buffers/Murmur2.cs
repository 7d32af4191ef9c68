using System.Buffers.Binary;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>The 32-bit MurmurHash2 of Kafka's default partitioner, bit for bit that of the Java client (rule P17).</summary>
internal static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;

    /// <summary>The partition of a key among <paramref name="partitionCount"/>: the hash without its sign bit, modulo the count.</summary>
    public static int PartitionOf(ReadOnlySpan<byte> key, int partitionCount) => (Hash(key) & int.MaxValue) % partitionCount;

    /// <summary>The hash of the bytes.</summary>
    public static int Hash(ReadOnlySpan<byte> data)
    {
        uint hash = Seed ^ (uint)data.Length;
        while (data.Length >= 4)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(data) * Multiplier;
            word = (word ^ (word >> 24)) * Multiplier;
            hash = (hash * Multiplier) ^ word;
            data = data[4..];
        }

        if (data.Length > 0)
        {
            uint tail = data[0];
            tail |= data.Length > 1 ? (uint)data[1] << 8 : 0;
            tail |= data.Length > 2 ? (uint)data[2] << 16 : 0;
            hash = (hash ^ tail) * Multiplier;
        }

        hash = (hash ^ (hash >> 13)) * Multiplier;
        return (int)(hash ^ (hash >> 15));
    }
}
