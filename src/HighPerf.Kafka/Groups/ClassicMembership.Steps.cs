using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Groups;

/// <content>The steps from one state to another.</content>
internal sealed partial class ClassicMembership
{
    private void Enter(MembershipState state)
    {
        State = state;
        (string, int, bool) identity = (MemberId, Generation, MayCommit);
        if (identity != _told)
        {
            _told = identity;
            _actions.Enqueue(new MembershipAction(MembershipActionKind.IdentityChanged)
            {
                MemberId = MemberId, Generation = Generation, MayCommit = MayCommit,
            });
        }
    }

    private void FindCoordinator()
    {
        if (!_isCoordinatorKnown && State is not (MembershipState.Out or MembershipState.Failed or MembershipState.Leaving))
        {
            _actions.Enqueue(new MembershipAction(MembershipActionKind.FindCoordinator));
        }
    }

    private void Prepare(string reason, TimeSpan now)
    {
        _joinReason = reason;
        _rejoinReason = null;
        _isApplying = false;
        _prepareUntil = now + _settings.Preparation;
        Enter(MembershipState.Preparing);
        FindCoordinator();
        _actions.Enqueue(new MembershipAction(MembershipActionKind.PrepareToJoin) { Deadline = _prepareUntil });
    }

    /// <summary>The generation did not come about: the same again. The consumer has prepared for it already.</summary>
    private void JoinAgain(string reason, TimeSpan now)
    {
        _joinReason = reason;
        Enter(MembershipState.Joining);
        FindCoordinator();
        TimePassed(now);
    }

    /// <summary>As <see cref="JoinAgain"/>, after a moment.</summary>
    private void JoinLater(string reason, TimeSpan now)
    {
        _retryAt = now + (_settings.RetryBackoff * (1 << Math.Min(_failures, MostBackoffDoublings)));
        _failures++;
        JoinAgain(reason, now);
    }

    private void Sync(List<SyncGroupRequest.SyncGroupRequestAssignment> assignments, TimeSpan now)
    {
        if (!_isCoordinatorKnown)
        {
            JoinAgain("the coordinator was lost before the assignment was told to it", now);
            return;
        }

        Enter(MembershipState.Syncing);
        _outstanding = MembershipActionKind.SendSync;
        _actions.Enqueue(new MembershipAction(MembershipActionKind.SendSync)
        {
            MemberId = MemberId, Generation = Generation, Protocol = Protocol, Assignments = assignments,
        });
    }

    /// <summary>Nothing is the consumer's any more (G3); it joins anew, at once.</summary>
    private void Lose(KafkaException reason, bool keepId, TimeSpan now)
    {
        TellLost(reason);
        Clear(keepId);
        if (_outstanding == MembershipActionKind.SendJoin)
        {
            Enter(MembershipState.Joining); // its answer says what is next
        }
        else
        {
            Abandon();
            Prepare("its partitions were lost", now);
        }
    }

    private void TellLost(KafkaException reason)
    {
        if (_owns)
        {
            _owns = false;
            _actions.Enqueue(new MembershipAction(MembershipActionKind.Lost) { Error = reason });
        }
    }

    private void Clear(bool keepId)
    {
        MemberId = keepId ? MemberId : "";
        Generation = -1;
        Protocol = null;
        _isSynced = false;
        _isApplying = false;
        _rejoinReason = null;
        _owns = false;
    }

    // The next JoinGroup waits for the answer, or the failure, of what is under way; what that says does not matter.
    private void Abandon() => _isAbandoned = _outstanding is not null;

    /// <summary>It is over, until the consumer subscribes again.</summary>
    private void Fail(KafkaException error)
    {
        Abandon();
        Clear(keepId: false);
        Enter(MembershipState.Failed);
        _actions.Enqueue(new MembershipAction(MembershipActionKind.Failed) { Error = error });
    }

    private void FailAndLeave(KafkaException error)
    {
        TellLeaving("the member failed");
        Fail(error);
    }

    private void TellLeaving(string reason)
    {
        if (MemberId.Length > 0 && _settings.GroupInstanceId is null && _isCoordinatorKnown)
        {
            _actions.Enqueue(new MembershipAction(MembershipActionKind.SendLeave)
            {
                MemberId = MemberId, Reason = reason, IsBeside = _outstanding is not null,
            });
        }
    }

    private void FinishLeaving(TimeSpan now)
    {
        bool isTold = MemberId.Length > 0 && _settings.GroupInstanceId is null && _isCoordinatorKnown;
        TellLeaving("the consumer was closed or unsubscribed");
        Abandon();
        Clear(keepId: false);
        Enter(MembershipState.Leaving);
        if (!isTold)
        {
            Left(now);
        }
    }
}
