using System.Numerics;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>How an input of some length is searched at some level. Tables grow with the input: a small batch must not pay for cold cache lines.</summary>
internal readonly record struct EncoderParameters(bool IsFast, int WindowLog, int LongLog, int ShortLog, int ShortBytes)
{
    /// <summary>The largest tables that <see cref="For"/> asks for.</summary>
    public const int MaxLongLog = 17;

    public const int MaxShortLog = 16;

    private const int SmallestLog = 10;

    public static EncoderParameters For(int level, int length)
    {
        int sizeLog = Math.Max(SmallestLog, 32 - BitOperations.LeadingZeroCount((uint)Math.Max(length - 1, 1)));
        if (level <= 1)
        {
            return length switch
            {
                <= 16 * 1024 => new EncoderParameters(true, 14, 0, Math.Min(15, sizeLog + 1), 5),
                <= 256 * 1024 => new EncoderParameters(true, 18, 0, Math.Min(14, sizeLog), 6),
                _ => new EncoderParameters(true, 19, 0, 14, 7),
            };
        }

        return length switch
        {
            <= 16 * 1024 => new EncoderParameters(false, 14, Math.Min(15, sizeLog + 1), Math.Min(14, sizeLog), 4),
            <= 128 * 1024 => new EncoderParameters(false, 17, 16, 15, 5),
            <= 256 * 1024 => new EncoderParameters(false, 18, 17, 16, 5),
            _ => new EncoderParameters(false, 21, 17, 16, 5),
        };
    }
}
