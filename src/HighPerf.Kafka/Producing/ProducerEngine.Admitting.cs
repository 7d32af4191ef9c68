namespace HighPerf.Kafka.Producing;

/// <summary>How many unacknowledged bytes may be there, so that queueing does not become latency. Owner: the loop.</summary>
internal sealed partial class ProducerEngine
{
    private const long SmallestLimit = 4 * 1024 * 1024;
    private static readonly TimeSpan WaitTarget = TimeSpan.FromMilliseconds(100);

    private readonly QueueingBound _bound;

    // Two records of any size, and as much as one broker can have in flight.
    private static QueueingBound MakeBound(ProducerOptions options)
    {
        long inFlight = (options.MaxInFlightRequestsPerBroker + 1L) * options.MaxRequestSizeBytes;
        return new QueueingBound(Math.Max(SmallestLimit, inFlight), options.BufferMemoryBytes, WaitTarget);
    }

    private void AdmitAsAnswered(ProduceBatch batch)
    {
        if (batch.Attempts > 1)
        {
            return; // it waited for something else than its turn
        }

        TimeSpan readyAt = batch.GatheredFrom + Options.Linger;
        long bytes = batch.Reserved + batch.Acks.Bytes;
        _bound.Acknowledged(bytes, readyAt < batch.SentAt ? readyAt : batch.SentAt, batch.SentAt, Memory.TakeRefused(), Loop.Now);
        Memory.SetLimit(_bound.Limit);
    }
}
