using System.Collections.Immutable;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Faults;

namespace HighPerf.Kafka.Testing;

/// <summary>
/// What goes wrong in an embedded cluster, and when. Each rule says which requests it is for and what becomes of them; the first rule added that takes a
/// request decides. A rule is in force when the call that adds it returns. Thread-safe.
/// </summary>
public sealed class FaultPlan
{
    /// <summary>
    /// In the order in which they were added; a rule that was removed stays as long as it holds requests. Replaced as a whole by any thread, read by the
    /// cluster's loop.
    /// </summary>
    private ImmutableArray<FaultRule> _rules = [];

    /// <summary>Clients that are cut off, by their id. Owner: the cluster's loop.</summary>
    private readonly List<string> _cutClients = [];

    internal FaultPlan(EmbeddedCluster cluster)
    {
        Cluster = cluster;
        Waiters = new LoopWaiters<FaultRule>(cluster);
    }

    /// <summary>The rules that may still take a request, in the order in which they were added.</summary>
    public IReadOnlyList<FaultRule> Rules => [.. _rules.Where(rule => !rule.IsRemoved)];

    internal EmbeddedCluster Cluster { get; }

    /// <summary>Those who wait for a rule.</summary>
    internal LoopWaiters<FaultRule> Waiters { get; }

    internal bool HasRules => !_rules.IsEmpty;

    /// <summary>Holds requests before they are applied, until they are released.</summary>
    public HeldRequests Hold(RequestMatch match) => AddHolder(match, null, answers: false);

    /// <summary>Applies requests and holds their answers until they are released.</summary>
    public HeldRequests HoldAnswers(RequestMatch match) => AddHolder(match, null, answers: true);

    /// <summary>
    /// Lets requests of other connections overtake: a request is held until one of another connection that matches <paramref name="until"/> is answered.
    /// </summary>
    /// <param name="match">What is held.</param>
    /// <param name="until">What goes first.</param>
    public HeldRequests Reorder(RequestMatch match, RequestMatch until)
    {
        ArgumentNullException.ThrowIfNull(until);
        return AddHolder(match, until, answers: false);
    }

    /// <summary>Applies requests later, by the cluster's <see cref="TimeProvider"/>.</summary>
    public FaultRule Delay(RequestMatch match, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return Add(match, (_, request) => request.HoldFor(delay));
    }

    /// <summary>Does not apply requests, and answers with an error.</summary>
    public FaultRule Fail(RequestMatch match, ErrorCode error) => Add(match, (_, request) => RequestFaults.Fail(request, error));

    /// <summary>
    /// Answers with an error for one partition; the rest of the request is applied and answered as ever. A fetch with the error is answered at once; one
    /// within a fetch session is taken when it names the partition itself.
    /// </summary>
    /// <param name="match">Names an API whose answers have an error for each partition, such as <see cref="ApiKey.Produce"/>.</param>
    /// <param name="error">What the partition gets.</param>
    /// <param name="topic">The partition's topic.</param>
    /// <param name="partition">The partition's number.</param>
    /// <exception cref="ArgumentException">The API is not named, or has no errors of partitions.</exception>
    public FaultRule Fail(RequestMatch match, ErrorCode error, string topic, int partition)
    {
        ArgumentNullException.ThrowIfNull(match);
        ArgumentNullException.ThrowIfNull(topic);
        PartitionFault fault = new(match.ApiKey, error, topic, partition);
        return Add(fault.Narrow(match), (_, request) => fault.Apply(request));
    }

    /// <summary>Applies requests and answers with an error all the same: the client cannot know.</summary>
    public FaultRule FailAfterApplying(RequestMatch match, ErrorCode error) => Add(match, (_, request) =>
    {
        request.Keep();
        request.Verdict = RequestVerdict.ApplyAndFail;
        request.Error = error;
    });

    /// <summary>Applies requests and closes the connection instead of answering.</summary>
    public FaultRule LoseAnswer(RequestMatch match) => Add(match, RequestVerdict.ApplyAndClose);

    /// <summary>Applies requests and never answers; the connection stays open and silent from then on.</summary>
    public FaultRule SilenceAnswer(RequestMatch match) => Add(match, RequestVerdict.ApplyAndStall);

    /// <summary>Throws requests away before they are applied; the connection stays open and silent from then on.</summary>
    public FaultRule LoseRequest(RequestMatch match) => Add(match, RequestVerdict.Stall);

    /// <summary>Closes the connection before a request is applied.</summary>
    public FaultRule Close(RequestMatch match) => Add(match, RequestVerdict.Close);

    /// <summary>
    /// Throws requests away before they are applied; the connection stays open, and neither is anything read from it any more nor anything answered, as when
    /// the other machine has lost its power.
    /// </summary>
    public FaultRule HalfOpen(RequestMatch match) => Add(match, RequestVerdict.HalfOpen);

    /// <summary>Applies requests, sends the first bytes of their answers (the size of the frame counts) and closes the connection.</summary>
    public FaultRule CutAnswer(RequestMatch match, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return Add(match, (_, request) =>
        {
            request.Verdict = RequestVerdict.ApplyAndCut;
            request.AnswerBytes = bytes;
        });
    }

    /// <summary>Tells clients in the answer to wait for so long, as a broker does to one that is over its quota.</summary>
    public FaultRule Throttle(RequestMatch match, TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        ThrottleFault fault = new((int)Math.Min(time.TotalMilliseconds, int.MaxValue));
        return Add(match, (_, request) => request.Rewriter = fault);
    }

    /// <summary>Removes every rule. Requests that are held stay so until they are released.</summary>
    public void Clear()
    {
        foreach (FaultRule rule in _rules)
        {
            rule.Remove();
        }
    }

    /// <summary>From now on a broker turns new connections away, until <see cref="AcceptConnectionsAsync"/>; those it has live on.</summary>
    /// <exception cref="ArgumentException">There is no such broker.</exception>
    public Task RefuseConnectionsAsync(int broker) => OnBrokerAsync(broker, found => found.RefusesConnections = true);

    /// <summary>A broker that turned connections away takes them again.</summary>
    /// <exception cref="ArgumentException">There is no such broker.</exception>
    public Task AcceptConnectionsAsync(int broker) => OnBrokerAsync(broker, found => found.RefusesConnections = false);

    /// <summary>
    /// Cuts a broker off from its clients, until <see cref="HealNetworkAsync(int)"/>: connections stay open and stall, and so do new ones. Nothing is lost that
    /// the network would keep: when it is whole again, what waited goes on.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such broker.</exception>
    public Task PartitionNetworkAsync(int broker) => OnBrokerAsync(broker, found => found.SetCut(true));

    /// <summary>Cuts the clients of one name off from every broker, until <see cref="HealNetworkAsync(string)"/>.</summary>
    public Task PartitionNetworkAsync(string clientId) => CutAsync(clientId, true);

    /// <summary>Ends what <see cref="PartitionNetworkAsync(int)"/> began.</summary>
    /// <exception cref="ArgumentException">There is no such broker.</exception>
    public Task HealNetworkAsync(int broker) => OnBrokerAsync(broker, found => found.SetCut(false));

    /// <summary>Ends what <see cref="PartitionNetworkAsync(string)"/> began.</summary>
    public Task HealNetworkAsync(string clientId) => CutAsync(clientId, false);

    /// <summary>Whether the client is cut off by its name. Cluster's loop only.</summary>
    internal bool IsCut(string? clientId) => clientId is not null && _cutClients.Contains(clientId);

    /// <summary>Decides what becomes of a request. Cluster's loop only.</summary>
    internal void OnRequest(InterceptedRequest request)
    {
        foreach (FaultRule rule in _rules)
        {
            if (rule.IsOver)
            {
                ImmutableInterlocked.Update(ref _rules, static (rules, over) => rules.Remove(over), rule);
            }
            else if (rule.TryTake(request))
            {
                return;
            }
        }
    }

    /// <summary>Cluster's loop only.</summary>
    internal void OnAnswered(InterceptedRequest request)
    {
        foreach (FaultRule rule in _rules)
        {
            (rule as HeldRequests)?.OnAnswered(request);
        }
    }

    private FaultRule Add(RequestMatch match, RequestVerdict verdict) => Add(match, (_, request) => request.Verdict = verdict);

    private FaultRule Add(RequestMatch match, Action<FaultRule, InterceptedRequest> apply)
    {
        ArgumentNullException.ThrowIfNull(match);
        return Add(new FaultRule(this, match, apply));
    }

    private HeldRequests AddHolder(RequestMatch match, RequestMatch? until, bool answers)
    {
        ArgumentNullException.ThrowIfNull(match);
        return Add(new HeldRequests(this, match, until, answers));
    }

    private T Add<T>(T rule)
        where T : FaultRule
    {
        ImmutableInterlocked.Update(ref _rules, static (rules, added) => rules.Add(added), rule);
        return rule;
    }

    private Task OnBrokerAsync(int broker, Action<EmbeddedBroker> change) => LoopCall<bool>.RunAsync(Cluster, () =>
    {
        change(Cluster.FindBroker(broker) ?? throw new ArgumentException($"There is no broker {broker}.", nameof(broker)));
        return true;
    });

    private Task CutAsync(string clientId, bool isCut)
    {
        ArgumentNullException.ThrowIfNull(clientId);
        return LoopCall<bool>.RunAsync(Cluster, () =>
        {
            _cutClients.Remove(clientId);
            if (isCut)
            {
                _cutClients.Add(clientId);
            }

            foreach (EmbeddedBroker broker in Cluster.Brokers)
            {
                broker.UpdateCuts();
            }

            return true;
        });
    }
}
