using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Producing;

/// <summary>The state machine of one partition, and real batches to put through it.</summary>
public abstract class PartitionDeliveryFixture
{
    private readonly ProducerEngine _engine;
    private readonly PartitionQueue _queue;
    private int _batches;

    private protected PartitionDeliveryFixture()
    {
        _engine = new Simulation(1).CreateClient().CreateProducer<string, string>().Engine;
        _queue = new PartitionQueue(_engine, _engine.GetTopic("t"), 0);
    }

    private protected static ProducerIdentity First => new(7, 0);

    private protected static ProducerIdentity Second => new(7, 1);

    private protected PartitionDelivery Delivery { get; } = new(idempotent: true);

    private protected DeliveryVerdict Answer(ProduceBatch batch, ErrorCode error, long offset = -1, long logStart = -1, bool names = false) =>
        Delivery.Answered(batch, new ProduceAnswer(error, offset, -1, logStart, names));

    private protected ProduceBatch Send(int records = 1)
    {
        ProduceBatch batch = Open(records);
        Delivery.Sending(batch);
        return batch;
    }

    private protected ProduceBatch Again()
    {
        ProduceBatch batch = Delivery.TakeAgain(int.MaxValue)!;
        Delivery.Sending(batch);
        return batch;
    }

    private protected ProduceBatch Open(int records = 1, long? order = null)
    {
        byte[] segment = _engine.Segments.Rent(512);
        ProduceBatch batch = _engine.OpenBatch(_queue, order ?? _batches++, segment, segment.Length, null);
        for (int i = 0; i < records; i++)
        {
            batch.Writer.Append(1, NullableBytes.Null, NullableBytes.Null, default, 0);
        }

        batch.Seal(compress: false);
        return batch;
    }
}
