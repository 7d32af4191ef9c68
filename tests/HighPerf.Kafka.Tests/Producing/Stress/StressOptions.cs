namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>A stress run.</summary>
/// <param name="Bytes">Of values, in all; ten times as many under <c>test.sh --long</c>.</param>
/// <param name="KillsBrokers">Whether brokers also die and stop.</param>
/// <param name="RefusesForGood">Whether batches are also refused in a way that no retry mends.</param>
internal sealed record StressOptions(long Bytes, bool KillsBrokers, bool RefusesForGood);
