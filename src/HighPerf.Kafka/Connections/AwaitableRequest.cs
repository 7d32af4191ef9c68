using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// A control request whose answer is awaited outside the loop. The awaiting code continues on the executor, never on the loop.
/// Cancelling detaches the waiter; the request itself goes on (W1).
/// </summary>
internal class AwaitableRequest<TRequest, TResponse> : ControlRequest<TRequest, TResponse>
    where TRequest : class, IKafkaRequest<TRequest, TResponse>
    where TResponse : class, IKafkaMessage<TResponse>
{
    private readonly Completion<TResponse> _completion;

    public AwaitableRequest(
        TRequest message,
        TimeSpan timeout,
        Func<TResponse, int>? throttleTime,
        WorkExecutor executor,
        short lowest = 0,
        short highest = short.MaxValue)
        : base(message, timeout, throttleTime, lowest, highest) => _completion = new Completion<TResponse>(executor);

    /// <summary>Completes with the answer, or fails.</summary>
    public Task<TResponse> Task => _completion.Task;

    /// <summary>Detaches the waiter when <paramref name="cancellationToken"/> fires.</summary>
    public Task<TResponse> WaitAsync(CancellationToken cancellationToken) => _completion.WaitAsync(cancellationToken);

    public sealed override void OnFailed(KafkaException error, bool maybeSent) => _completion.Fail(error);

    protected sealed override void OnAnswer(TResponse response, short version) => _completion.Complete(response);
}
