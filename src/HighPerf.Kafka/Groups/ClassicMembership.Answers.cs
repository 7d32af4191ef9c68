using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Groups;

/// <content>What answers mean.</content>
internal sealed partial class ClassicMembership
{
    private const string ConsumerProtocolType = "consumer";

    public void JoinAnswered(JoinGroupResponse answer, TimeSpan now)
    {
        _outstanding = null;
        ErrorCode code = (ErrorCode)answer.ErrorCode;
        if (TakeAbandoned(now))
        {
            return;
        }

        if (State == MembershipState.Leaving)
        {
            MemberId = answer.MemberId;
            FinishLeaving(now);
            return;
        }

        switch (code)
        {
            case ErrorCode.None:
                Joined(answer, now);
                break;
            case ErrorCode.MemberIdRequired:
                MemberId = answer.MemberId;
                JoinAgain(_joinReason ?? "the consumer subscribed", now);
                break;
            case ErrorCode.UnknownMemberId:
                TellLost(Refused(code, ApiKey.JoinGroup));
                Clear(keepId: false);
                JoinAgain("the group does not know the member any more", now);
                break;
            case ErrorCode.IllegalGeneration:
                TellLost(Refused(code, ApiKey.JoinGroup));
                Clear(keepId: true);
                JoinAgain("the group is in another generation", now);
                break;
            default:
                Retry(code, ApiKey.JoinGroup, now);
                break;
        }
    }

    public void SyncAnswered(SyncGroupResponse answer, TimeSpan now)
    {
        _outstanding = null;
        ErrorCode code = (ErrorCode)answer.ErrorCode;
        if (TakeAbandoned(now))
        {
            return;
        }

        switch (code)
        {
            case ErrorCode.None:
                Synced(answer, now);
                break;
            case ErrorCode.RebalanceInProgress:
                JoinAgain("the group began anew before the assignment was told", now);
                break;
            case ErrorCode.UnknownMemberId:
                TellLost(Refused(code, ApiKey.SyncGroup));
                Clear(keepId: false);
                JoinAgain("the group does not know the member any more", now);
                break;
            case ErrorCode.IllegalGeneration:
                TellLost(Refused(code, ApiKey.SyncGroup));
                Clear(keepId: true);
                JoinAgain("the group is in another generation", now);
                break;
            default:
                Retry(code, ApiKey.SyncGroup, now);
                break;
        }
    }

    /// <summary>No answer to the JoinGroup or SyncGroup that was under way.</summary>
    public void RequestFailed(KafkaException error, TimeSpan now)
    {
        _outstanding = null;
        _sessionEnds = now + _settings.SessionTimeout;
        if (TakeAbandoned(now))
        {
            return;
        }

        if (State == MembershipState.Leaving)
        {
            FinishLeaving(now);
            return;
        }

        if (IsPassing(error))
        {
            JoinLater("a request of the member failed", now);
        }
        else
        {
            Fail(error);
        }
    }

    /// <param name="sentAt">The session is known to live from then on: the coordinator heard of the member later than that.</param>
    public void HeartbeatAnswered(ErrorCode code, string memberId, int generation, TimeSpan sentAt, TimeSpan now)
    {
        _isHeartbeatOut = false;
        if (memberId != MemberId || generation != Generation || !IsInGeneration)
        {
            TimePassed(now);
            return; // about a membership that is no more
        }

        _nextHeartbeat = sentAt + _settings.HeartbeatInterval;
        switch (code)
        {
            case ErrorCode.None:
                _sessionEnds = sentAt + _settings.SessionTimeout;
                break;
            case ErrorCode.RebalanceInProgress:
                _sessionEnds = sentAt + _settings.SessionTimeout;
                RejoinGroup(now);
                break;
            case ErrorCode.UnknownMemberId:
                Lose(Refused(code, ApiKey.Heartbeat), keepId: false, now);
                break;
            case ErrorCode.IllegalGeneration:
                Lose(Refused(code, ApiKey.Heartbeat), keepId: true, now);
                break;
            case ErrorCode.NotCoordinator:
            case ErrorCode.CoordinatorNotAvailable:
                _nextHeartbeat = now;
                Moved(code);
                break;
            default:
                _nextHeartbeat = now + _settings.RetryBackoff;
                FailUnlessPassing(code, ApiKey.Heartbeat);
                break;
        }
    }

    public void HeartbeatFailed(KafkaException error, TimeSpan now)
    {
        _isHeartbeatOut = false;
        _nextHeartbeat = now + _settings.RetryBackoff;
        if (!IsPassing(error) && IsInGeneration)
        {
            Fail(error);
        }
    }

    /// <summary>What the answer to a commit says of the membership (G2, G3).</summary>
    public void CommitAnswered(ErrorCode code, string memberId, int generation, TimeSpan now)
    {
        if (memberId != MemberId || generation != Generation || State is MembershipState.Out or MembershipState.Failed or MembershipState.Leaving)
        {
            return;
        }

        switch (code)
        {
            case ErrorCode.RebalanceInProgress:
                RejoinGroup(now);
                break;
            case ErrorCode.UnknownMemberId:
                Lose(Refused(code, ApiKey.OffsetCommit), keepId: false, now);
                break;
            case ErrorCode.IllegalGeneration when State == MembershipState.Member:
                Lose(Refused(code, ApiKey.OffsetCommit), keepId: true, now);
                break;
            case ErrorCode.FencedInstanceId:
                Fail(Refused(code, ApiKey.OffsetCommit));
                break;
            default:
                break; // IllegalGeneration in the middle of a rebalance, too: what is still owned stays, and is committed in the next generation
        }
    }

    /// <summary>The brokers refuse for good to name a coordinator, or the client was closed.</summary>
    public void CoordinatorRefused(KafkaException error, TimeSpan now)
    {
        _isCoordinatorKnown = false;
        if (State is MembershipState.Leaving)
        {
            Left(now);
        }
        else if (State is not (MembershipState.Out or MembershipState.Failed))
        {
            Fail(error);
        }
    }

    private void Joined(JoinGroupResponse answer, TimeSpan now)
    {
        string protocol = answer.ProtocolName ?? "";
        if ((answer.ProtocolType ?? ConsumerProtocolType) != ConsumerProtocolType || !_settings.Protocols.Contains(protocol))
        {
            FailAndLeave(new KafkaException(
                $"Group \"{_settings.GroupId}\" chose the protocol \"{protocol}\" (type {answer.ProtocolType}), which this consumer did not offer."));
            return;
        }

        _failures = 0;
        MemberId = answer.MemberId;
        Generation = answer.GenerationId;
        Protocol = protocol;
        StartSession(now);
        if (answer.Leader != answer.MemberId)
        {
            Sync([], now);
        }
        else if (answer.SkipAssignment)
        {
            _actions.Enqueue(new MembershipAction(MembershipActionKind.Watch) { Joined = answer });
            Sync([], now);
        }
        else
        {
            Enter(MembershipState.Planning);
            _actions.Enqueue(new MembershipAction(MembershipActionKind.Plan) { Generation = Generation, Joined = answer, Protocol = protocol });
        }
    }

    private void Synced(SyncGroupResponse answer, TimeSpan now)
    {
        if ((answer.ProtocolType ?? ConsumerProtocolType) != ConsumerProtocolType || (answer.ProtocolName ?? Protocol) != Protocol)
        {
            FailAndLeave(Refused(ErrorCode.InconsistentGroupProtocol, ApiKey.SyncGroup));
            return;
        }

        List<TopicPartition> partitions;
        try
        {
            partitions = ConsumerMetadata.ReadAssignment(answer.Assignment);
        }
        catch (KafkaProtocolException error)
        {
            FailAndLeave(new KafkaProtocolException(
                $"The assignment that the leader of group \"{_settings.GroupId}\" made for member {MemberId} cannot be read: {error.Message}", error));
            return;
        }

        _failures = 0;
        StartSession(now);
        _owns = true;
        _isSynced = true;
        _isApplying = true;
        Enter(MembershipState.Member);
        _actions.Enqueue(new MembershipAction(MembershipActionKind.Assigned)
        {
            Partitions = partitions, MemberId = MemberId, Generation = Generation, Deadline = now + _settings.Preparation,
        });
    }

    // Later, what was said about the generation before the JoinGroup is no news.
    private void RejoinGroup(TimeSpan now)
    {
        if (State == MembershipState.Member)
        {
            Rejoin("the group begins anew", now);
        }
    }

    private void StartSession(TimeSpan now)
    {
        _sessionEnds = now + _settings.SessionTimeout;
        _nextHeartbeat = now + _settings.HeartbeatInterval;
    }

    /// <summary>Whether the answer was to a request that does not matter any more; what waited for it goes out now.</summary>
    private bool TakeAbandoned(TimeSpan now)
    {
        bool wasAbandoned = _isAbandoned;
        _isAbandoned = false;
        if (wasAbandoned)
        {
            TimePassed(now);
        }

        return wasAbandoned;
    }

    private void Retry(ErrorCode code, ApiKey api, TimeSpan now)
    {
        if (code is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable)
        {
            Moved(code);
        }

        _sessionEnds = now + _settings.SessionTimeout;
        if (code == ErrorCode.RebalanceInProgress || code.IsRetriable())
        {
            JoinLater($"the coordinator answered {code}", now);
        }
        else
        {
            FailUnlessPassing(code, api);
        }
    }

    private void Moved(ErrorCode code)
    {
        _isCoordinatorKnown = false;
        _actions.Enqueue(new MembershipAction(MembershipActionKind.CoordinatorMoved) { Code = code });
        FindCoordinator();
    }

    private void FailUnlessPassing(ErrorCode code, ApiKey api)
    {
        if (!code.IsRetriable())
        {
            Fail(Refused(code, api));
        }
    }

    private static bool IsPassing(KafkaException error) =>
        error is KafkaConnectionException or KafkaTimeoutException or KafkaProtocolException or KafkaBrokerException { IsRetriable: true };

    private KafkaBrokerException Refused(ErrorCode code, ApiKey api) => new(
        code,
        api,
        subject: $"member \"{MemberId}\" of group \"{_settings.GroupId}\" (generation {Generation})",
        detail: code switch
        {
            ErrorCode.FencedInstanceId =>
                $"another consumer uses the GroupInstanceId \"{_settings.GroupInstanceId}\". Give each its own, and see that the old one is gone",
            ErrorCode.InconsistentGroupProtocol =>
                $"the other members have none of {string.Join(", ", _settings.Protocols)}, or the group is not one of consumers. Check PartitionAssignors",
            ErrorCode.InvalidSessionTimeout =>
                $"the brokers do not allow a SessionTimeout of {_settings.SessionTimeout} (group.min.session.timeout.ms to group.max.session.timeout.ms)",
            ErrorCode.GroupMaxSizeReached => "the group has as many members as the brokers allow (group.max.size)",
            ErrorCode.GroupAuthorizationFailed => "this client may not read as the group. Grant it READ on the group, or check its credentials",
            ErrorCode.UnknownMemberId => "the group does not know the member (any more): its partitions are lost, and it joins anew",
            ErrorCode.IllegalGeneration => "the group has gone on without the member: its partitions are lost, and it joins again",
            _ => null,
        });
}
