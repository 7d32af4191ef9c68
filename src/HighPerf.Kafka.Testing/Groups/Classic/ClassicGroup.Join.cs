using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Groups.Classic;

/// <summary>How members come in: new and known, dynamic and static.</summary>
internal sealed partial class ClassicGroup
{
    /// <summary>Answers now, or when the rebalance is over.</summary>
    public void Join(JoinCall call)
    {
        JoinGroupRequest request = call.Request;
        if (!HasRoomFor(request.MemberId))
        {
            // Also one of the members, when the limit was lowered: the last ones to come back are out.
            if (_members.Find(request.MemberId) is { } tooMany)
            {
                Drop(tooMany);
            }

            RemovePending(request.MemberId);
            call.Refuse(ErrorCode.GroupMaxSizeReached);
        }
        else if (!CanSpeakWith(request))
        {
            call.Refuse(ErrorCode.InconsistentGroupProtocol, request.MemberId);
        }
        else if (request.MemberId.Length == 0)
        {
            JoinNew(call);
        }
        else if (_pending.Exists(pending => pending.Id == request.MemberId))
        {
            JoinPending(call);
        }
        else
        {
            JoinKnown(call);
        }
    }

    /// <summary>While a rebalance waits, those who are there count, so that of too many members the last are refused.</summary>
    private bool HasRoomFor(string memberId)
    {
        long limit = _cluster.Configs.GetNumber("group.max.size");
        ClassicMember? member = _members.Find(memberId);
        return _state switch
        {
            ClassicGroupState.Empty => true,
            ClassicGroupState.PreparingRebalance => member?.Join is not null || _members.Joined < limit,
            _ => member is not null || _members.Count < limit,
        };
    }

    private bool CanSpeakWith(JoinGroupRequest request)
    {
        if (IsEmpty)
        {
            return request.ProtocolType.Length > 0 && request.Protocols.Count > 0;
        }

        return request.ProtocolType == _protocolType && _members.AllSpeakOneOf(request.Protocols.Select(protocol => protocol.Name));
    }

    private void JoinNew(JoinCall call)
    {
        string? instanceId = call.Request.GroupInstanceId;
        string id = _cluster.Groups.NewMemberId(instanceId ?? call.ClientId);
        if (instanceId is not null && _members.FindStatic(instanceId) is { } known)
        {
            Replace(known, id, call);
        }
        else if (instanceId is null && call.IsMemberIdRequired)
        {
            GroupDeadline deadline = new(_cluster, Id, () => OnPendingDeadline(id));
            _pending.Add((id, deadline));
            deadline.Start(call.Request.SessionTimeoutMs);
            call.Refuse(ErrorCode.MemberIdRequired, id);
        }
        else
        {
            Add(call, id);
        }
    }

    private void JoinPending(JoinCall call)
    {
        // Only dynamic members are asked to come again. A broker trips over a static one.
        if (call.Request.GroupInstanceId is not null)
        {
            call.Refuse(ErrorCode.UnknownServerError);
            return;
        }

        RemovePending(call.Request.MemberId);
        Add(call, call.Request.MemberId);
    }

    private void Add(JoinCall call, string id)
    {
        ClassicMember? member = null;
        member = new ClassicMember(id, call.Request.GroupInstanceId, call.ClientId, call.ClientHost)
        {
            IsNew = true,
            Session = new GroupDeadline(_cluster, Id, () => OnSessionDeadline(member!)),
        };
        member.Update(call);
        if (_members.Count == 0)
        {
            _protocolType = call.Request.ProtocolType;
        }

        _members.Add(member);
        _leader ??= member;
        _moreMembersCame |= _state == ClassicGroupState.PreparingRebalance && _previousState == ClassicGroupState.Empty;
        Park(member, call);
        member.Session.Start(NewMemberJoinTimeoutMs);
        Rebalance($"member {id} is new{Why(call)}");
    }

    /// <summary>A static member came back without its id: it gets a new one, and whoever uses the old one is fenced.</summary>
    private void Replace(ClassicMember member, string id, JoinCall call)
    {
        string? leaderBefore = LeaderId;
        member.RefuseJoin(ErrorCode.FencedInstanceId, member.Id);
        member.AnswerSync(new SyncGroupResponse { ErrorCode = (short)ErrorCode.FencedInstanceId });
        _members.Rename(member, id);
        member.IsNew = false;
        member.StartSession();
        member.Update(call);
        if (_state != ClassicGroupState.Stable)
        {
            Park(member, call);

            // The leader may be assigning to the old id; it must see the new one.
            if (_state == ClassicGroupState.CompletingRebalance)
            {
                PrepareRebalance($"static member {id} is back{Why(call)}");
            }
            else
            {
                TryCompleteJoin();
            }
        }
        else if (Protocol != _members.SelectProtocol())
        {
            Park(member, call);
            PrepareRebalance($"static member {id} is back with other protocols{Why(call)}");
        }
        else
        {
            Store();
            bool leads = member == _leader && call.CanSkipAssignment;

            // An old client is not told that it leads: it would assign, and nobody would hear of it.
            JoinGroupResponse response = DescribeGeneration(member, leads);
            response.Leader = (call.CanSkipAssignment ? LeaderId : leaderBefore) ?? "";
            response.SkipAssignment = leads;
            call.Answer(response);
        }
    }

    private void JoinKnown(JoinCall call)
    {
        JoinGroupRequest request = call.Request;
        ErrorCode error = CheckMember(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None)
        {
            call.Refuse(error, request.MemberId);
            return;
        }

        // A member that asks again while nothing has changed (its answer was lost) is told again. In a stable group the leader never just asks again: it
        // has seen something that members cannot, such as more partitions.
        ClassicMember member = _members.Find(request.MemberId)!;
        bool leads = member == _leader;
        bool isSame = member.SpeaksTheSame(request.Protocols)
            && (_state == ClassicGroupState.CompletingRebalance || (_state == ClassicGroupState.Stable && !leads));
        if (isSame)
        {
            call.Answer(DescribeGeneration(member, leads));
            return;
        }

        member.Update(call);
        Park(member, call);
        Rebalance($"member {member.Id} joins again{Why(call)}");
    }

    /// <summary>A JoinGroup of the same member that waits already, from another connection, is never answered: brokers forget it, too.</summary>
    private static void Park(ClassicMember member, JoinCall call)
    {
        member.Join = call;
        call.Park();
    }

    /// <summary>Whether the id was pending.</summary>
    private bool RemovePending(string id)
    {
        int index = _pending.FindIndex(pending => pending.Id == id);
        if (index < 0)
        {
            return false;
        }

        _pending[index].Deadline.Stop();
        _pending.RemoveAt(index);
        return true;
    }

    private void OnPendingDeadline(string id)
    {
        RemovePending(id);
        if (_state == ClassicGroupState.PreparingRebalance && HaveAllJoined)
        {
            CompleteJoin();
        }
    }

    private static string Why(JoinCall call) => call.Request.Reason is { Length: > 0 } reason ? $": {reason}" : "";
}
