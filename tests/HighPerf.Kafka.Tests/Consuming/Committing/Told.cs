namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>What a callback was told, and that it was told once.</summary>
internal sealed class Told
{
    public bool IsTold { get; private set; }

    public KafkaException? Error { get; private set; }

    public void Tell(KafkaException? error)
    {
        Assert.False(IsTold);
        IsTold = true;
        Error = error;
    }

    public void AssertFine()
    {
        Assert.True(IsTold);
        Assert.Null(Error);
    }
}
