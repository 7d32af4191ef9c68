namespace HighPerf.Kafka.Testing.Logs;

/// <summary>A term of a leader and the offset with which it began; or, as an answer, the offset with which it ended. Both -1: nothing is known.</summary>
internal readonly record struct LeaderEpoch(int Epoch, long Offset)
{
    public static readonly LeaderEpoch Unknown = new(-1, -1);
}
