using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// A call from any thread into the cluster's loop, whose result is awaited. The waiter continues on the executor, never on the loop.
/// </summary>
internal sealed class LoopCall<T> : IThreadPoolWorkItem
{
    private readonly WorkExecutor _executor;
    private readonly Func<T> _call;

    /// <summary>
    /// Without RunContinuationsAsynchronously: it is completed on the executor, which in simulation is the only place where a continuation may run.
    /// </summary>
    private readonly TaskCompletionSource<T> _completion = new();

    private bool _called;
    private T _result = default!;
    private Exception? _error;

    private LoopCall(WorkExecutor executor, Func<T> call)
    {
        _executor = executor;
        _call = call;
    }

    public static Task<T> RunAsync(EmbeddedCluster cluster, Func<T> call)
    {
        LoopCall<T> item = new(cluster.Environment.Executor, call);
        cluster.Loop.Post(item);
        return item._completion.Task;
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (!_called)
        {
            _called = true;
            try
            {
                _result = _call();
            }
            catch (Exception error)
            {
                _error = error;
            }

            _executor.Queue(this);
            return;
        }

        if (_error is null)
        {
            _completion.SetResult(_result);
        }
        else
        {
            _completion.SetException(_error);
        }
    }
}
