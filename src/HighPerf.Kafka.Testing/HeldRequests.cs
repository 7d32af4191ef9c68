using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing;

/// <summary>
/// Requests (or their answers) that a fault holds, in the order in which they came, until they are released in whatever order. While one is held nothing
/// behind it on its connection is looked at. Thread-safe.
/// </summary>
public sealed class HeldRequests : FaultRule
{
    /// <summary>Requests that end another's waiting; null: only <see cref="ReleaseAsync"/> does.</summary>
    private readonly RequestMatch? _until;

    /// <summary>Owner: the cluster's loop.</summary>
    private readonly List<InterceptedRequest> _held = [];

    /// <summary>What is held, for everybody to look at. Replaced by the cluster's loop.</summary>
    private volatile RecordedRequest[] _shown = [];

    internal HeldRequests(FaultPlan plan, RequestMatch match, RequestMatch? until, bool answers)
        : base(plan, match, answers ? HoldAnswer : Hold) => _until = until;

    /// <summary>How many are held now.</summary>
    public int Count => _shown.Length;

    /// <summary>What is held now, the oldest first.</summary>
    public IReadOnlyList<RecordedRequest> Requests => _shown;

    /// <summary>Waits until so many are held at one time.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ObjectDisposedException">The cluster is disposed.</exception>
    public Task WaitForHeldAsync(int count = 1, CancellationToken cancellationToken = default) =>
        WaitAsync(_ => Count >= count, cancellationToken);

    /// <summary>Lets one go on.</summary>
    /// <param name="index">Which one of <see cref="Requests"/>; 0 is the oldest.</param>
    /// <returns>Completes when the request is on its way again; false when there is no such request any more.</returns>
    public Task<bool> ReleaseAsync(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return LoopCall<bool>.RunAsync(Cluster, () => index < _held.Count && Release(_held[index]));
    }

    /// <summary>Lets all go on, the oldest first. Those that come later are held, unless <see cref="FaultRule.Remove"/> was called.</summary>
    public Task ReleaseAllAsync() => LoopCall<bool>.RunAsync(Cluster, ReleaseAll);

    internal override bool IsOver => base.IsOver && _held.Count == 0;

    /// <summary>The answer of a request that was held for it is there. Cluster's loop only.</summary>
    internal void AnswerHeld(InterceptedRequest request) => Add(request);

    /// <summary>A held request is gone with its connection. Cluster's loop only.</summary>
    internal void Forget(InterceptedRequest request)
    {
        if (_held.Remove(request))
        {
            Show();
        }
    }

    /// <summary>A request was answered: those that waited for it on other connections go on. Cluster's loop only.</summary>
    internal void OnAnswered(InterceptedRequest answered)
    {
        if (_until is null || _held.Count == 0 || !IsMatch(_until, answered.Record))
        {
            return;
        }

        foreach (InterceptedRequest request in _held.FindAll(held => held.ConnectionId != answered.ConnectionId))
        {
            Release(request);
        }
    }

    private static void Hold(FaultRule rule, InterceptedRequest request)
    {
        request.Hold();
        request.Holder = (HeldRequests)rule;
        request.Holder.Add(request);
    }

    private static void HoldAnswer(FaultRule rule, InterceptedRequest request)
    {
        request.Verdict = RequestVerdict.ApplyAndHold;
        request.Holder = (HeldRequests)rule;
    }

    private bool ReleaseAll()
    {
        foreach (InterceptedRequest request in _held.ToArray())
        {
            Release(request);
        }

        return true;
    }

    private bool Release(InterceptedRequest request)
    {
        Forget(request);
        request.Release();
        return true;
    }

    private void Add(InterceptedRequest request)
    {
        _held.Add(request);
        Show();
    }

    private void Show()
    {
        _shown = [.. _held.Select(request => request.Record)];
        Changed();
    }
}
