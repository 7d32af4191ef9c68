using System.Text.RegularExpressions;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Groups;
using HighPerf.Kafka.Metadata;
using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// What a consumer does as the member of a group: what it subscribes to, the partitions that come and go, and their way out: in-flight processing ends, the
/// application is told, what is stored is committed, and only then does the group hear that a partition is free. Owner: the session's loop; the hand-over
/// is in <c>GroupSession.HandingOver.cs</c>.
/// </summary>
internal sealed partial class GroupSession : IGroupListener, ICommitListener
{
    private readonly ConsumerSession _session;
    private readonly ClusterClient _cluster;
    private readonly ILogger _logger;
    private readonly PollWatch _pollWatch;
    private volatile Subscription? _subscription; // replaced on the loop, read by any thread
    private IRebalanceListener? _listener; // of the last subscription; hears of the end of it, too
    private IReadOnlyList<string> _topics = [];
    private string _memberId = ""; // written on the loop, read by any thread
    private int _generation = -1; // written on the loop, read by any thread
    private bool _isLeaving; // everything is being given up for good, or until the next subscription: what the group says meanwhile is not done any more
    private bool _isClosing;
    private Subscription? _afterLeaving;

    public GroupSession(ConsumerSession session, ClusterClient cluster)
    {
        _session = session;
        _cluster = cluster;
        _logger = session.Logger;
        Coordinator = new GroupCoordinator(cluster, GroupId, session.Loop);
        Membership = new GroupMembership(cluster, session.Options, session.Loop, Coordinator, this);
        Committer = new OffsetCommitter(
            Coordinator, this, SettingsOf(session.Options, cluster.Runtime.Options), session.Loop, session.Executor,
            cluster.Runtime.Environment.CreateRandom($"commits {GroupId}"));
        _pollWatch = new PollWatch(session, OnAbsent);
        _patience = new PatienceTimer(this);
    }

    public string GroupId => _session.Options.GroupId!;

    public GroupCoordinator Coordinator { get; }

    public GroupMembership Membership { get; }

    public OffsetCommitter Committer { get; }

    /// <summary>Any thread.</summary>
    public bool IsSubscribed => _subscription is not null;

    /// <summary>The topics that were subscribed to by name. Any thread.</summary>
    public IReadOnlyList<string> SubscribedNames => _subscription?.Names ?? [];

    /// <summary>Any thread.</summary>
    public string MemberId => Volatile.Read(ref _memberId);

    /// <summary>Any thread.</summary>
    public int Generation => Volatile.Read(ref _generation);

    IReadOnlyList<TopicPartition> IGroupListener.OwnedPartitions => Array.ConvertAll(_session.Assignment, static cursor => cursor.TopicPartition);

    /// <summary>Wants these topics from now on. Partitions of others are given up as the group's protocol has it.</summary>
    public void Subscribe(Subscription subscription)
    {
        if (_isLeaving)
        {
            _afterLeaving = _isClosing ? null : subscription;
            return;
        }

        bool isFirst = _subscription is null;
        _subscription = subscription;
        _listener = subscription.Listener;
        _cluster.Metadata.TrackAll(this, subscription.IsPattern);
        foreach (string topic in subscription.Names)
        {
            _cluster.Metadata.Await(topic, new NamedTopic(this, subscription, topic));
        }

        if (isFirst)
        {
            _pollWatch.Begin();
        }

        Resubscribe(_cluster.Metadata.Current, force: true);
    }

    /// <summary>Leaves the group; what is stored is committed first.</summary>
    public void Unsubscribe(Action onDone)
    {
        if (_subscription is null)
        {
            onDone();
            return;
        }

        _subscription = null;
        _topics = [];
        _cluster.Metadata.TrackAll(this, false);
        _session.Loop.Disarm(_pollWatch);
        TimeSpan deadline = _session.Loop.Now + _session.Options.CloseTimeout;
        _isLeaving = true;
        GiveUp(_session.Assignment, deadline, waitsForProcessing: true, () => Membership.Leave(() =>
        {
            _isLeaving = _isClosing;
            // Partitions that are assigned by hand from now on are committed by no member.
            Committer.MembershipChanged("", -1);
            Committer.Gate(true);
            onDone();
            if (_afterLeaving is { } next && !_isClosing)
            {
                _afterLeaving = null;
                Subscribe(next);
            }
        }));
    }

    /// <summary>Any thread.</summary>
    public async Task<IReadOnlyList<TopicPartitionOffset>> FindCommittedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        Dictionary<TopicPartition, Found> found = await new CommittedLookup(_cluster, GroupId, _session.Options.RetryBackoff)
            .FindAsync([.. partitions], cancellationToken).ConfigureAwait(false);
        return [.. partitions.Select(partition => new TopicPartitionOffset(partition.Topic, partition.Partition, found[partition].Offset))];
    }

    public void OnMetadataChanged(ClusterMetadata metadata) => Resubscribe(metadata, force: false);

    /// <summary>Partitions were assigned by hand. What was stored of those before is committed, nobody waits for it (G8).</summary>
    public void Reassigned(IReadOnlyList<PartitionCursor> before, IReadOnlyList<PartitionCursor> now)
    {
        Committer.GiveUp(SlotsOf(before), _session.Loop.Now + _session.Options.CloseTimeout, NotAllCommitted);
        foreach (PartitionCursor cursor in now)
        {
            cursor.Slot = Open(cursor);
        }
    }

    /// <summary>
    /// The log of a partition is another one, truncated or of a new topic of the same name: what was stored of the one before means nothing (F8, F11).
    /// </summary>
    public void LogChanged(PartitionCursor cursor)
    {
        if (cursor.Slot is { } slot)
        {
            cursor.Slot = Committer.Reopen(slot, cursor.TopicId);
        }
    }

    /// <summary>The application asks again, after it had not for so long that the group was left.</summary>
    public void ApplicationReturned()
    {
        if (!_isClosing && _subscription is not null)
        {
            _pollWatch.Begin();
            Membership.Resumed();
        }
    }

    /// <summary>
    /// Commits, and leaves the group. The application has stopped reading: what it did not ask to go beyond is not processed, and not waited for.
    /// </summary>
    public void Close(TimeSpan deadline, Action onDone)
    {
        _isClosing = true;
        _isLeaving = true;
        _session.Loop.Disarm(_pollWatch);
        _cluster.Metadata.TrackAll(this, false);
        GiveUp(_session.Assignment, deadline, waitsForProcessing: false, () => Committer.Close(deadline, error =>
        {
            NotAllCommitted(error);
            Membership.Leave(() =>
            {
                Coordinator.Close();
                onDone();
            });
        }));
    }

    void IGroupListener.IdentityChanged(string memberId, int generation, bool mayCommit)
    {
        Volatile.Write(ref _memberId, memberId);
        if (generation < 0)
        {
            Volatile.Write(ref _generation, -1);
        }

        Committer.MembershipChanged(memberId, generation);
        Committer.Gate(mayCommit);
    }

    void IGroupListener.PrepareToJoin(TimeSpan deadline, bool isEager)
    {
        if (_isLeaving)
        {
            return;
        }

        HashSet<string> wanted = [.. _topics];
        PartitionCursor[] leaving = isEager ? _session.Assignment : Array.FindAll(_session.Assignment, cursor => !wanted.Contains(cursor.Topic));
        GiveUp(leaving, deadline, waitsForProcessing: true, () => Committer.Quiesce(deadline, Membership.PreparedToJoin));
    }

    void IGroupListener.Assigned(IReadOnlyList<TopicPartition> partitions, int generation, string memberId, TimeSpan deadline)
    {
        if (_isLeaving)
        {
            return;
        }

        Volatile.Write(ref _generation, generation);
        HashSet<TopicPartition> now = [.. partitions];
        PartitionCursor[] removed = Array.FindAll(_session.Assignment, cursor => !now.Contains(cursor.TopicPartition));
        List<TopicPartition> added = [.. partitions.Where(partition => !_session.IsAssigned(partition)).Order()];
        _logger.Assigned(GroupId, generation, added.Count, removed.Length);
        GiveUp(removed, deadline, waitsForProcessing: true, () => Add(added, deadline, () => Membership.AssignmentApplied(removed.Length > 0)));
    }

    void IGroupListener.Lost(KafkaException reason) => Lose(reason);

    void IGroupListener.Failed(KafkaException fatal)
    {
        Lose(fatal);
        _session.FailForGood(fatal);
    }

    void ICommitListener.OnMembershipRefused(ErrorCode code, int generation, string memberId) => Membership.CommitAnswered(code, generation, memberId);

    void ICommitListener.OnMetadataStale() => _cluster.Metadata.RequestRefresh();

    void ICommitListener.OnNotCommitted(KafkaException error) => _session.Report(error);

    private static CommitSettings SettingsOf(ConsumerOptions options, KafkaClientOptions client) => new()
    {
        GroupId = options.GroupId!,
        GroupInstanceId = options.GroupInstanceId,
        IsAutomatic = options.EnableAutoCommit,
        AutoCommitInterval = options.AutoCommitInterval,
        RequestTimeout = options.RequestTimeout,
        CallTimeout = client.OperationTimeout,
        RetryBackoff = options.RetryBackoff,
        RetryBackoffMax = options.RetryBackoff > client.ReconnectBackoffMax ? options.RetryBackoff : client.ReconnectBackoffMax,
        UncertainTime = options.RequestTimeout,
    };

    private CursorSlot Open(PartitionCursor cursor)
    {
        _cluster.Metadata.Current.TryGetTopic(cursor.Topic, out TopicMetadata? topic);
        return Committer.Open(cursor.TopicPartition, cursor.TopicBytes, topic?.Id ?? Guid.Empty, committedOffset: -1, committedEpoch: -1);
    }

    // Nobody waits for the answer; what was not committed is read again.
    private void NotAllCommitted(KafkaException? error)
    {
        if (error is not null)
        {
            _logger.NotCommitted(GroupId, error.Message);
        }
    }

    private void OnAbsent()
    {
        _logger.ProcessingOverdue(GroupId, _session.Options.MaxPollInterval);
        Membership.ProcessingOverdue();
    }

    private void Resubscribe(ClusterMetadata metadata, bool force)
    {
        if (_subscription is not { } subscription || _isClosing)
        {
            return;
        }

        IReadOnlyList<string> topics;
        try
        {
            topics = subscription.Match(metadata.Topics.Where(topic => topic.Error == ErrorCode.None).Select(topic => (topic.Name, topic.IsInternal)));
        }
        catch (RegexMatchTimeoutException e)
        {
            _session.FailForGood(new KafkaException($"The subscription's pattern took too long to match a topic's name: {e.Pattern}", e));
            return;
        }

        if (force || !topics.SequenceEqual(_topics, StringComparer.Ordinal))
        {
            _topics = topics;
            Membership.Subscribe(topics);
        }
    }

    /// <summary>A topic that was subscribed to by name: that it may not be read is told to the reader, that it is missing is waited out.</summary>
    private sealed class NamedTopic(GroupSession group, Subscription subscription, string topic)
        : Waiter<TopicMetadata>(group._cluster.Runtime.Options.OperationTimeout)
    {
        public override bool IsDetached => group._subscription != subscription;

        public override void OnResult(TopicMetadata result)
        {
        }

        public override void OnFailed(KafkaException error) => LoopCall.Post(group._session.Loop, () =>
        {
            if (group._subscription == subscription && !group._isClosing)
            {
                group._session.Report(new KafkaException($"Topic {topic}, which this consumer subscribes to, cannot be read: {error.Message}", error));
            }
        });
    }
}
