using System.Buffers.Binary;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>
/// One record of a <see cref="MixedProducerHistory"/>, and what became of it. Its bytes follow from its number and length, so that a byte that is wrong in the
/// log is seen.
/// </summary>
internal sealed class SentRecord(int number, MixedTask task, int length, bool hasKey)
{
    /// <summary>The bytes that hold a record's number.</summary>
    public const int NumberSize = sizeof(int);

    private const uint Spread = 2654435761;

    public int Number => number;

    /// <summary>Who sent it. Records of one task and partition keep their order.</summary>
    public MixedTask Task => task;

    /// <summary>The key holds the number; without one the value does.</summary>
    public byte[]? Key { get; } = hasKey ? Bytes(number, NumberSize) : null;

    /// <summary>Whether the producer took it, and said nothing else since.</summary>
    public bool IsAccepted { get; set; }

    /// <summary>When a send that nothing kept from its batch was made; null: it had to wait.</summary>
    public TimeSpan? AcceptedAt { get; set; }

    /// <summary>The send; null for a record whose acknowledgement nobody awaits.</summary>
    public Task? Sending { get; set; }

    /// <summary>Whether a handler is to be told what became of it, once, if it was accepted.</summary>
    public bool IsReported { get; set; }

    /// <summary>How often a handler was told.</summary>
    public int Reports { get; set; }

    public RecordMetadata? Metadata { get; set; }

    public DeliveryOutcome? Outcome { get; set; }

    public byte[] MakeValue() => Bytes(number, length);

    /// <summary>Whether a value is this record's, byte for byte.</summary>
    public bool IsValue(ReadOnlySpan<byte> value) => value.SequenceEqual(MakeValue());

    /// <summary>The number of a record as it was read.</summary>
    public static int NumberOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => BinaryPrimitives.ReadInt32BigEndian(key.Length == NumberSize ? key : value);

    public override string ToString() => $"record {number} ({length} bytes) of {task.Name}";

    private static byte[] Bytes(int number, int length)
    {
        byte[] bytes = new byte[length];
        uint state = ((uint)number * Spread) | 1;
        for (int i = 0; i < length; i++)
        {
            // Every other kilobyte is of one byte, so that codecs have something to do.
            if ((i & 1024) == 0)
            {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
            }

            bytes[i] = (byte)state;
        }

        if (length >= NumberSize)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        }

        return bytes;
    }
}
