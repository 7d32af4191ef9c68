using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Waiting for a task that others wait for too, with a way out. Unlike <see cref="Task.WaitAsync(CancellationToken)"/> a cancelled wait continues on the
/// executor.
/// </summary>
internal static class DetachableWait
{
    public static Task WaitAsync(Task task, WorkExecutor executor, CancellationToken cancellationToken)
    {
        if (task.IsCompleted || !cancellationToken.CanBeCanceled)
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
