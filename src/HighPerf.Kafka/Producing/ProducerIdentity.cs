namespace HighPerf.Kafka.Producing;

/// <summary>Who the broker knows an idempotent producer as. A higher epoch begins its sequence numbers at 0 again.</summary>
internal readonly record struct ProducerIdentity(long Id, short Epoch)
{
    public static ProducerIdentity None => new(-1, -1);

    public bool IsKnown => Id >= 0;
}
