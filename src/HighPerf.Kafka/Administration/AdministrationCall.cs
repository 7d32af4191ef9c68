using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Administration;

/// <summary>
/// Sends one administrative request until it is answered for good: to the controller, to any broker, to a certain one or to a group's
/// coordinator, again after errors that pass, within the operation's time. Each call has state of its own.
/// </summary>
internal sealed class AdministrationCall
{
    private readonly ClusterClient _cluster;
    private readonly KafkaClientOptions _options;
    private readonly TimeSpan _deadline;
    private readonly string _what;
    private KafkaException? _last;
    private int _next;

    /// <param name="what">What is being done, for the words of a timeout.</param>
    public AdministrationCall(ClusterClient cluster, string what)
    {
        _cluster = cluster;
        _options = cluster.Runtime.Options;
        _what = what;
        _deadline = cluster.ControlLoop.Now + _options.OperationTimeout;
    }

    /// <param name="toController">Whether the controller must be asked; else any broker.</param>
    /// <param name="isReadOnly">Whether the request may be sent again when its answer was lost.</param>
    /// <param name="findError">What the answer says is wrong; null for nothing. A retriable one is tried again.</param>
    /// <param name="lowest">The lowest version that can carry the message, when not all can.</param>
    public Task<TResponse> SendAsync<TRequest, TResponse>(
        TRequest message,
        bool toController,
        bool isReadOnly,
        Func<TResponse, int> throttleTime,
        Func<TResponse, BrokerEndpoint, KafkaBrokerException?> findError,
        CancellationToken cancellationToken,
        short lowest = 0)
        where TRequest : class, IKafkaRequest<TRequest, TResponse>
        where TResponse : class, IKafkaMessage<TResponse> => RunAsync(
            async (isStale, token) => Choose(await GetViewAsync(isStale, token).ConfigureAwait(false), toController),
            (broker, timeout, token) => _cluster.SendAsync(broker.Id, message, throttleTime, token, timeout, lowest),
            isReadOnly,
            findError,
            cancellationToken);

    /// <summary>The same to one broker, for what each knows of itself only.</summary>
    /// <exception cref="KafkaConnectionException">The broker has left the cluster.</exception>
    public Task<TResponse> SendToBrokerAsync<TRequest, TResponse>(
        BrokerEndpoint broker,
        TRequest message,
        Func<TResponse, int> throttleTime,
        Func<TResponse, BrokerEndpoint, KafkaBrokerException?> findError,
        CancellationToken cancellationToken)
        where TRequest : class, IKafkaRequest<TRequest, TResponse>
        where TResponse : class, IKafkaMessage<TResponse> => RunAsync(
            async (isStale, token) =>
            {
                ClusterMetadata view = await GetViewAsync(isStale, token).ConfigureAwait(false);
                return view.TryGetBroker(broker.Id, out BrokerEndpoint? there)
                    ? there
                    : throw new KafkaConnectionException($"Cannot {_what}: {broker} has left the cluster.");
            },
            (there, timeout, token) => _cluster.SendAsync(there.Id, message, throttleTime, token, timeout),
            mayRepeat: true,
            findError,
            cancellationToken);

    /// <summary>The same to the coordinator of a group, which may move at any time (G11).</summary>
    /// <param name="create">Makes the request for one attempt, with the time it has.</param>
    /// <param name="mayRepeat">Whether the request may be sent again when its answer was lost.</param>
    public Task<TResponse> SendToCoordinatorAsync<TRequest, TResponse>(
        string group,
        Func<TimeSpan, WorkExecutor, AwaitableRequest<TRequest, TResponse>> create,
        bool mayRepeat,
        Func<TResponse, BrokerEndpoint, KafkaBrokerException?> findError,
        CancellationToken cancellationToken)
        where TRequest : class, IKafkaRequest<TRequest, TResponse>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        BrokerEndpoint? last = null;
        return RunAsync(
            async (isStale, token) =>
            {
                if (isStale && last is not null)
                {
                    _cluster.Coordinators.Invalidate(CoordinatorType.Group, group, last.Id);
                }

                last = await _cluster.Coordinators.FindAsync(CoordinatorType.Group, group, Remaining(), token).ConfigureAwait(false);
                return last;
            },
            (coordinator, timeout, token) => _cluster.SendAsync(coordinator.Id, executor => create(timeout, executor), token),
            mayRepeat,
            findError,
            cancellationToken);
    }

    /// <param name="choose">Finds whom to ask, and is told whether the last one was wrong or did not answer.</param>
    private async Task<TResponse> RunAsync<TResponse>(
        Func<bool, CancellationToken, Task<BrokerEndpoint>> choose,
        Func<BrokerEndpoint, TimeSpan, CancellationToken, Task<TResponse>> ask,
        bool mayRepeat,
        Func<TResponse, BrokerEndpoint, KafkaBrokerException?> findError,
        CancellationToken cancellationToken)
    {
        bool isStale = false;
        while (true)
        {
            BrokerEndpoint broker = await choose(isStale, cancellationToken).ConfigureAwait(false);
            try
            {
                TResponse response = await ask(broker, Shorter(_options.RequestTimeout, Remaining()), cancellationToken).ConfigureAwait(false);
                KafkaBrokerException? error = findError(response, broker);
                if (error is null)
                {
                    return response;
                }

                _last = error.IsRetriable ? error : throw error;
            }
            catch (KafkaException error) when (mayRepeat && error is KafkaConnectionException or KafkaTimeoutException)
            {
                _last = error;
            }

            isStale = true;
            await _cluster.DelayAsync(Shorter(_options.RetryBackoff, Remaining()), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ClusterMetadata> GetViewAsync(bool isStale, CancellationToken cancellationToken)
    {
        ClusterMetadata view = _cluster.Metadata.Current;
        if (isStale || view.Brokers.Length == 0)
        {
            view = await _cluster.Metadata.RefreshAsync(Remaining(), cancellationToken).ConfigureAwait(false);
        }

        return view.Brokers.Length > 0 ? view : throw new KafkaConnectionException($"Cannot {_what}: the bootstrap server names no brokers.");
    }

    private BrokerEndpoint Choose(ClusterMetadata view, bool toController) =>
        toController && view.TryGetBroker(view.ControllerId, out BrokerEndpoint? controller) ? controller : view.Brokers[_next++ % view.Brokers.Length];

    private TimeSpan Remaining()
    {
        TimeSpan remaining = _deadline - _cluster.ControlLoop.Now;
        if (remaining <= TimeSpan.Zero)
        {
            string last = _last is null ? "" : $" The last failure: {_last.Message}";
            throw new KafkaTimeoutException($"Could not {_what} within {ConnectionErrors.Seconds(_options.OperationTimeout)}.{last}", _last);
        }

        return remaining;
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
