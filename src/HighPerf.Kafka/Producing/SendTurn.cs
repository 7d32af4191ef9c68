using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// The place of one send among those of its topic that cannot go straight into a batch, because partitions are not known yet or memory is full. Sends
/// that wait would otherwise be
/// overtaken: by each other, since nobody orders their continuations, and by later sends that find the topic known or memory free a moment before they
/// do. So they form a line, each
/// behind the one before; while there is a line, every later send joins it. A turn ends when its record is in its batch or has failed, not when it is
/// acknowledged.
/// </summary>
internal sealed class SendTurn
{
    private readonly ProducerTopic _topic;
    private readonly Completion<bool> _ended;

    public SendTurn(ProducerTopic topic, Task before, WorkExecutor executor)
    {
        _topic = topic;
        Before = before;
        _ended = new Completion<bool>(executor);
    }

    /// <summary>Completes when all sends before this one are in their batches, or have failed.</summary>
    public Task Before { get; }

    public Task Ended => _ended.Task;

    /// <summary>
    /// The record is in its batch, or the send has failed. One that gives up while it waits passes the turn on only when it would have come. Once.
    /// </summary>
    public void End()
    {
        // Counted down first: whoever sees no line also sees this record in its batch.
        _topic.TurnEnded();
        if (Before.IsCompleted)
        {
            _ended.Complete(true);
            return;
        }

        _ = Before.ContinueWith(
            static (_, state) => ((SendTurn)state!)._ended.Complete(true),
            this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
