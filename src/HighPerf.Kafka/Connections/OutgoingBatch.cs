using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Connections;

/// <summary>What goes out in one send: the frames, and those of their requests that will get no answer. Owner: one connection, on its loop.</summary>
internal sealed class OutgoingBatch
{
    public OutgoingBatch(BufferPool pool) => Writer = new RequestWriter(pool);

    public RequestWriter Writer { get; }

    /// <summary>Complete once the send is (P15).</summary>
    public List<BrokerRequest> WithoutResponse { get; } = [];
}
