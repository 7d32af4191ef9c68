namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>
/// A thread that sleeps until records are due and then sends all of them: after a sleep that took too long, or a send that blocked, it catches up, so that
/// what was late is sent late and counted from its time.
/// </summary>
internal static class Pacer
{
    private static readonly TimeSpan OneSleep = TimeSpan.FromMilliseconds(1);

    /// <summary>Completes, or fails with what a send threw, when all are sent.</summary>
    /// <param name="send">How many are due, when the first was, on the system's clock, and the ticks between two.</param>
    public static Task RunAsync(long records, long rate, Action<int, double, double> send, CancellationToken token)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                Run(records, rate, send, token);
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "pacer",
        };
        thread.Start();
        return done.Task;
    }

    private static void Run(long records, long rate, Action<int, double, double> send, CancellationToken token)
    {
        // Never set: waiting for it is a sleep in the kernel.
        using ManualResetEvent never = new(false);
        double interval = (double)TimeProvider.System.TimestampFrequency / rate;
        long start = TimeProvider.System.GetTimestamp();
        for (long sent = 0; sent < records;)
        {
            token.ThrowIfCancellationRequested();
            long due = Math.Min((long)((TimeProvider.System.GetTimestamp() - start) / interval) + 1, records);
            if (due > sent)
            {
                int now = (int)Math.Min(due - sent, int.MaxValue);
                send(now, start + (sent * interval), interval);
                sent += now;
                continue;
            }

            double ticks = (sent * interval) - (TimeProvider.System.GetTimestamp() - start);
            double milliseconds = Math.Floor(ticks * 1000 / TimeProvider.System.TimestampFrequency);
            never.WaitOne(milliseconds > 1 ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, 1000)) : OneSleep);
        }
    }
}
