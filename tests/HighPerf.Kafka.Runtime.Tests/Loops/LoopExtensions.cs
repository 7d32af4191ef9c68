namespace HighPerf.Kafka.Runtime.Tests;

internal static class LoopExtensions
{
    /// <summary>How long a test waits for something that must happen before it fails: a bound for broken code, not a pace.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Runs a function on the loop and gives its result.</summary>
    public static Task<T> Ask<T>(this EventLoop loop, Func<T> function)
    {
        TaskCompletionSource<T> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(new ActionItem(() =>
        {
            try
            {
                source.SetResult(function());
            }
            catch (Exception error)
            {
                source.SetException(error);
            }
        }));
        return source.Task.WaitAsync(Patience);
    }

    public static Task Do(this EventLoop loop, Action action) => loop.Ask(() =>
    {
        action();
        return true;
    });
}
