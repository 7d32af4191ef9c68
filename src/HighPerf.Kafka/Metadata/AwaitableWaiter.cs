using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Metadata;

/// <summary>A waiter whose result is awaited outside the loop. Cancelling detaches it; the look-up, which others may share, goes on (G11).</summary>
internal sealed class AwaitableWaiter<T> : Waiter<T>
{
    private readonly Completion<T> _completion;

    public AwaitableWaiter(TimeSpan timeout, WorkExecutor executor) : base(timeout) => _completion = new Completion<T>(executor);

    public override bool IsDetached => _completion.IsDecided;

    public Task<T> WaitAsync(CancellationToken cancellationToken) => _completion.WaitAsync(cancellationToken);

    public override void OnResult(T result) => _completion.Complete(result);

    public override void OnFailed(KafkaException error) => _completion.Fail(error);
}
