namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// What the cluster has to say to people: the newest lines are kept, each also goes to the user's callback. Written by the cluster's loop, read by any
/// thread.
/// </summary>
internal sealed class ClusterLog
{
    private const int Kept = 1000;

    /// <summary>Guarded by itself: tests read it while the loop writes.</summary>
    private readonly Queue<string> _lines = new();
    private readonly Action<string>? _user;

    public ClusterLog(Action<string>? user) => _user = user;

    public string[] Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public void Write(string line)
    {
        lock (_lines)
        {
            if (_lines.Count == Kept)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line);
        }

        try
        {
            _user?.Invoke(line);
        }
        catch (Exception)
        {
            // Promised in the options: a failing log must not fail the broker.
        }
    }
}
