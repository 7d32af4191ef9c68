using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Asks a broker a small question behind requests that have no answer. It answers in order, so its answer says that it has taken what stood before: a
/// connection that were closed as soon as the last bytes are handed to the network could take them along, when the broker sends something to the end that is
/// gone and is told so by a reset. About no topics, with acks none (P15).
/// </summary>
internal sealed class ArrivalQuestion : ControlRequest<MetadataRequest, MetadataResponse>
{
    // Version 0 takes no topics for all topics.
    private const short FirstAboutNothing = 1;

    private readonly Action _done;

    /// <param name="done">Called once, on the loop, whether there is an answer or will be none.</param>
    public ArrivalQuestion(TimeSpan timeout, Action done)
        : base(new MetadataRequest { Topics = [], AllowAutoTopicCreation = true }, timeout, static answer => answer.ThrottleTimeMs, FirstAboutNothing) =>
        _done = done;

    public override void OnFailed(KafkaException error, bool maybeSent) => _done();

    protected override void OnAnswer(MetadataResponse response, short version) => _done();
}
