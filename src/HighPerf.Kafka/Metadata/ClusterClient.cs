using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Metadata;

/// <summary>
/// The part of a client that producers, consumers and administration share: the control loop with metadata and look-ups, and the pool of links. Thread-safe.
/// </summary>
internal sealed class ClusterClient
{
    private readonly ControlLinks _links;

    // Owner: the control loop. Timers of a loop that is given back do not fire, so who waits for one is let go before.
    private readonly List<LoopDelay> _delays = [];
    private bool _isClosed;

    public ClusterClient(ClientRuntime runtime)
    {
        Runtime = runtime;
        Pool = new BrokerPool(runtime);
        ControlLoop = runtime.Environment.CreateLoop("kafka control", LoopKind.Borrowed);
        _links = new ControlLinks(Pool, ControlLoop);
        Metadata = new MetadataRefresher(runtime, Pool, _links, ControlLoop);
        Coordinators = new CoordinatorLookup(runtime, Pool, _links, ControlLoop);
    }

    public ClientRuntime Runtime { get; }

    public BrokerPool Pool { get; }

    public EventLoop ControlLoop { get; }

    public MetadataRefresher Metadata { get; }

    public CoordinatorLookup Coordinators { get; }

    /// <summary>
    /// Sends a control request to one broker over its control connection. One attempt: retrying is the caller's. Cancelling detaches the caller.
    /// </summary>
    /// <param name="throttleTime">Reads the throttle time in milliseconds from the answer; null for an API whose answer has none.</param>
    /// <param name="lowest">The lowest version that can carry the message, when not all can.</param>
    /// <param name="highest">A cap on the version, when not all suit.</param>
    public Task<TResponse> SendAsync<TRequest, TResponse>(
        int brokerId,
        TRequest message,
        Func<TResponse, int>? throttleTime,
        CancellationToken cancellationToken,
        TimeSpan? timeout = null,
        short lowest = 0,
        short highest = short.MaxValue)
        where TRequest : class, IKafkaRequest<TRequest, TResponse>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        AwaitableRequest<TRequest, TResponse> request = new(
            message, timeout ?? Runtime.Options.RequestTimeout, throttleTime, Runtime.Executor, lowest, highest);
        LoopCall.Post(ControlLoop, () => _links[brokerId].Send(request));
        return request.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Sends a control request that chooses its form by the version. One attempt: retrying is the caller's. Cancelling detaches the caller.
    /// </summary>
    public Task<TResponse> SendAsync<TRequest, TResponse>(
        int brokerId, Func<WorkExecutor, AwaitableRequest<TRequest, TResponse>> create, CancellationToken cancellationToken)
        where TRequest : class, IKafkaRequest<TRequest, TResponse>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        AwaitableRequest<TRequest, TResponse> request = create(Runtime.Executor);
        LoopCall.Post(ControlLoop, () => _links[brokerId].Send(request));
        return request.WaitAsync(cancellationToken);
    }

    /// <summary>Sends a request to one broker over its control connection, past what waits on others. Its completion comes on the control loop.</summary>
    public void Send(int brokerId, BrokerRequest request) => LoopCall.Post(ControlLoop, () => _links[brokerId].Send(request));

    /// <summary>Waits on the control loop's clock; not longer than the client lives.</summary>
    public Task DelayAsync(TimeSpan time, CancellationToken cancellationToken) =>
        LoopDelay.WaitAsync(ControlLoop, Runtime.Executor, time, cancellationToken, BeginDelay, delay => _delays.Remove(delay));

    /// <summary>Ends everything: who waits fails, connections close. Completes when nothing is held any more, or the time is over.</summary>
    public async Task CloseAsync(TimeSpan timeout)
    {
        KafkaConnectionException reason = new("The client was closed.");
        LoopCall.Post(ControlLoop, () =>
        {
            Metadata.Close(reason);
            Coordinators.Close(reason);
            _isClosed = true;
            _delays.ForEach(static delay => delay.End());
            _delays.Clear();
        });
        try
        {
            await Pool.CloseAsync().WaitAsync(timeout, Runtime.Environment.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A transport did not let go in time. Nothing is left to do for it here; the process goes on.
        }

        Runtime.Environment.ReleaseLoop(ControlLoop);
    }

    private void BeginDelay(LoopDelay delay)
    {
        if (_isClosed)
        {
            delay.End();
        }
        else
        {
            _delays.Add(delay);
        }
    }
}
