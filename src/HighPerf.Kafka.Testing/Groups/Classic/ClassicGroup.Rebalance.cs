using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Groups.Classic;

/// <summary>How a generation follows another: everybody joins again, the leader assigns, everybody is told.</summary>
internal sealed partial class ClassicGroup
{
    /// <summary>The first rebalance of an empty group waits for more members: how long now, and how long after that at most.</summary>
    private long _initialDelayMs;
    private long _initialRemainingMs;
    private bool _moreMembersCame;

    /// <summary>Whether the rebalance waits for more members rather than for known ones.</summary>
    private bool _isInitial;

    private bool HaveAllJoined => _members.Joined == _members.Count && _pending.Count == 0;

    /// <summary>Starts a rebalance, or goes on with the one that is under way.</summary>
    private void Rebalance(string reason)
    {
        if (_state == ClassicGroupState.PreparingRebalance)
        {
            TryCompleteJoin();
        }
        else
        {
            PrepareRebalance(reason);
        }
    }

    private void PrepareRebalance(string reason)
    {
        _cluster.Log.Write($"group {Id}: rebalance after generation {Generation}: {reason}");
        if (_state == ClassicGroupState.CompletingRebalance)
        {
            foreach (ClassicMember member in Members)
            {
                member.Assignment = [];
            }

            TellAssignments(ErrorCode.RebalanceInProgress);
        }

        _syncDeadline.Stop();
        _isInitial = _state == ClassicGroupState.Empty;
        Enter(ClassicGroupState.PreparingRebalance);
        if (_isInitial)
        {
            _initialDelayMs = InitialDelayMs;
            _initialRemainingMs = Math.Max(_members.RebalanceTimeoutMs - _initialDelayMs, 0);
            _joinDeadline.Start(_initialDelayMs);
        }
        else if (HaveAllJoined)
        {
            CompleteJoin();
        }
        else
        {
            _joinDeadline.Start(_members.RebalanceTimeoutMs);
        }
    }

    private long InitialDelayMs => _cluster.Configs.GetNumber("group.initial.rebalance.delay.ms");

    private void TryCompleteJoin()
    {
        if (_state == ClassicGroupState.PreparingRebalance && _previousState != ClassicGroupState.Empty && HaveAllJoined)
        {
            CompleteJoin();
        }
    }

    private void OnJoinDeadline()
    {
        if (!_isInitial || !_moreMembersCame || _initialRemainingMs == 0)
        {
            CompleteJoin();
            return;
        }

        _moreMembersCame = false;
        long delay = Math.Min(InitialDelayMs, _initialRemainingMs);
        _initialRemainingMs = Math.Max(_initialRemainingMs - _initialDelayMs, 0);
        _initialDelayMs = delay;
        _joinDeadline.Start(delay);
    }

    /// <summary>Those who joined are the next generation; static members stay in it unseen until their session ends.</summary>
    private void CompleteJoin()
    {
        _joinDeadline.Stop();
        _isInitial = false;
        _moreMembersCame = false;
        foreach (ClassicMember late in Members.Where(member => member.Join is null && member.InstanceId is null).ToArray())
        {
            _cluster.Log.Write($"group {Id}: member {late.Id} did not join again in time");
            Drop(late);
        }

        if (_members.Count > 0 && _leader!.Join is null)
        {
            ClassicMember? joined = Members.FirstOrDefault(member => member.Join is not null);
            if (joined is null)
            {
                // Nobody is there: wait until sessions have ended.
                _joinDeadline.Start(_members.RebalanceTimeoutMs);
                return;
            }

            _leader = joined;
        }

        BeginGeneration();
    }

    private void BeginGeneration()
    {
        Generation++;
        if (_members.Count == 0)
        {
            Protocol = null;
            _subscribedTopics = ReadSubscribedTopics();
            Enter(ClassicGroupState.Empty);
            _cluster.Log.Write($"group {Id}: generation {Generation} is empty");
            Store();
            return;
        }

        Protocol = _members.SelectProtocol();
        _subscribedTopics = ReadSubscribedTopics();
        Enter(ClassicGroupState.CompletingRebalance);
        _cluster.Log.Write($"group {Id}: generation {Generation} of {_members.Count} members, {Protocol}, led by {LeaderId}");
        foreach (ClassicMember member in Members)
        {
            member.AnswerJoin(DescribeGeneration(member, leads: member == _leader));
            member.StartSession();
            member.IsNew = false;
            member.OwesSync = true;
        }

        _syncDeadline.Start(_members.RebalanceTimeoutMs);
    }

    /// <summary>The leader has decided; whom it forgot gets nothing.</summary>
    private void Assign(List<SyncGroupRequest.SyncGroupRequestAssignment> assignments)
    {
        foreach (ClassicMember member in Members)
        {
            member.Assignment = assignments.FindLast(assignment => assignment.MemberId == member.Id)?.Assignment ?? [];
        }

        Enter(ClassicGroupState.Stable);
        Store();
        TellAssignments(ErrorCode.None);
    }

    private void TellAssignments(ErrorCode error)
    {
        foreach (ClassicMember member in Members.Where(member => member.Sync is not null))
        {
            bool isGood = error == ErrorCode.None;
            member.AnswerSync(new SyncGroupResponse
            {
                ErrorCode = (short)error,
                ProtocolType = isGood ? _protocolType : null,
                ProtocolName = isGood ? Protocol : null,
                Assignment = member.Assignment,
            });
            member.StartSession();
        }
    }

    /// <summary>Members that took the generation and never asked for their part of it are out.</summary>
    private void OnSyncDeadline()
    {
        ClassicMember[] owing = [.. Members.Where(member => member.OwesSync)];
        if (owing.Length == 0)
        {
            return;
        }

        foreach (ClassicMember silent in owing)
        {
            _cluster.Log.Write($"group {Id}: member {silent.Id} did not send SyncGroup in time");
            Drop(silent);
        }

        PrepareRebalance("members did not send SyncGroup");
    }

    private void OnSessionDeadline(ClassicMember member)
    {
        if (member.IsExcusedFromHeartbeats)
        {
            return;
        }

        _cluster.Log.Write($"group {Id}: the session of member {member.Id} has ended");
        member.RefuseJoin(ErrorCode.UnknownMemberId, "");
        Drop(member);
        if (_state != ClassicGroupState.PreparingRebalance)
        {
            PrepareRebalance($"member {member.Id} is gone");
        }
        else if (HaveAllJoined)
        {
            CompleteJoin();
        }
    }

    /// <summary>Takes a member out; what that means for the others is the caller's business.</summary>
    private void Drop(ClassicMember member)
    {
        member.Session.Stop();
        _members.Remove(member);
        if (_leader == member)
        {
            _leader = Members.FirstOrDefault();
        }
    }

    private JoinGroupResponse DescribeGeneration(ClassicMember member, bool leads) => new()
    {
        GenerationId = Generation,
        ProtocolType = _protocolType,
        ProtocolName = Protocol,
        Leader = LeaderId ?? "",
        MemberId = member.Id,
        Members = leads
            ? [.. Members.Select(known => new JoinGroupResponse.JoinGroupResponseMember
            {
                MemberId = known.Id,
                GroupInstanceId = known.InstanceId,
                Metadata = known.MetadataOf(Protocol!),
            })]
            : [],
    };

    private void Enter(ClassicGroupState state)
    {
        _previousState = _state;
        _state = state;
        _stateSinceMs = _cluster.NowMs;
        foreach (ClassicMember member in Members)
        {
            member.OwesSync &= state == ClassicGroupState.Stable;
        }
    }

    /// <summary>What is stored is what survives a move of the coordinator.</summary>
    private void Store() => _stored = new StoredGeneration(
        Generation,
        _protocolType,
        Protocol,
        LeaderId,
        _stateSinceMs,
        [.. Members.Select(member => new StoredMember(
            member.Id,
            member.InstanceId,
            member.ClientId,
            member.ClientHost,
            member.SessionTimeoutMs,
            member.RebalanceTimeoutMs,
            member.MetadataOf(Protocol!),
            member.Assignment))]);

    /// <summary>The next coordinator begins with what the last one stored: sessions start again, and a rebalance that was under way never was.</summary>
    private void Restore()
    {
        Retire();
        _pending.Clear();
        _members.Clear();
        Generation = _stored.Id;
        _protocolType = _stored.ProtocolType;
        Protocol = _stored.Protocol;
        foreach (StoredMember stored in _stored.Members)
        {
            ClassicMember? member = null;
            member = new ClassicMember(stored.Id, stored.InstanceId, stored.ClientId, stored.ClientHost)
            {
                SessionTimeoutMs = stored.SessionTimeoutMs,
                RebalanceTimeoutMs = stored.RebalanceTimeoutMs,
                Protocols = [new JoinGroupRequest.JoinGroupRequestProtocol { Name = Protocol!, Metadata = stored.Metadata }],
                Assignment = stored.Assignment,
                Session = new GroupDeadline(_cluster, Id, () => OnSessionDeadline(member!)),
            };
            _members.Add(member);
            member.StartSession();
        }

        _leader = _stored.LeaderId is null ? null : _members.Find(_stored.LeaderId);
        _state = _members.Count == 0 ? ClassicGroupState.Empty : ClassicGroupState.Stable;
        _stateSinceMs = _stored.StateSinceMs;
        _subscribedTopics = ReadSubscribedTopics();
        if (_members.Count > _cluster.Configs.GetNumber("group.max.size"))
        {
            PrepareRebalance("the group has more members than it may have");
        }
    }
}
