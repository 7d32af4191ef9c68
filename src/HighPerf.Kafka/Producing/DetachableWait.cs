using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Waiting for a task that others wait for too, with a way out. Each wait has a task of its own, which ends on the executor: of several that await one task
/// .NET sends all but the first to the thread pool, and <see cref="Task.WaitAsync(CancellationToken)"/> does so with a wait that is cancelled.
/// </summary>
internal static class DetachableWait
{
    public static Task WaitAsync(Task task, WorkExecutor executor, CancellationToken cancellationToken)
    {
        if (task.IsCompleted)
        {
            return task;
        }

        Completion<bool> wait = new(executor);
        _ = task.ContinueWith(
            static (_, state) => ((Completion<bool>)state!).Complete(true),
            wait,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return wait.WaitAsync(cancellationToken);
    }
}
