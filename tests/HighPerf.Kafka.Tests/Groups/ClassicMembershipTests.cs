using HighPerf.Kafka.Groups;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Tests.Groups;

/// <summary>The membership machine event by event.</summary>
public sealed class ClassicMembershipTests
{
    private static readonly TopicPartition P0 = new("t", 0);

    [Fact]
    public void The_way_in_step_by_step()
    {
        MachineProbe probe = new();
        Assert.Equal("findCoordinator prepareToJoin", probe.Do((machine, now) => machine.Subscribe(now)));
        Assert.Equal("findCoordinator", probe.Do((machine, now) => machine.PreparedToJoin(now)));
        Assert.Equal("join()", probe.Do((machine, now) => machine.CoordinatorFound(now)));
        Assert.Equal("identity(m -1 closed) join(m)", probe.JoinRefused(ErrorCode.MemberIdRequired, "m"));
        Assert.Equal("identity(m 7 closed) plan", probe.Joined(7, leader: "m"));
        Assert.Equal("sync(m 7)", probe.Do((machine, now) => machine.Planned(7, [], now)));
        Assert.Equal("identity(m 7 open) assigned(7: t-0)", probe.Synced(P0));
        Assert.Equal("", probe.Do((machine, now) => machine.AssignmentApplied(false, now)));
        Assert.Equal("", probe.After(2.9));
        Assert.Equal("heartbeat(m 7)", probe.After(0.1));
        Assert.Equal("", probe.After(10));
    }

    [Theory]
    [InlineData(ErrorCode.UnknownMemberId, "lost identity( -1 closed) join()")]
    [InlineData(ErrorCode.IllegalGeneration, "lost identity(m -1 closed) join(m)")]
    [InlineData(ErrorCode.MemberIdRequired, "join(m)")]
    [InlineData(ErrorCode.NotCoordinator, "coordinatorMoved findCoordinator findCoordinator")]
    [InlineData(ErrorCode.CoordinatorNotAvailable, "coordinatorMoved findCoordinator findCoordinator")]
    [InlineData(ErrorCode.CoordinatorLoadInProgress, "")]
    [InlineData(ErrorCode.RebalanceInProgress, "")]
    [InlineData(ErrorCode.FencedInstanceId, "identity( -1 closed) failed(FencedInstanceId)")]
    [InlineData(ErrorCode.InconsistentGroupProtocol, "identity( -1 closed) failed(InconsistentGroupProtocol)")]
    [InlineData(ErrorCode.GroupMaxSizeReached, "identity( -1 closed) failed(GroupMaxSizeReached)")]
    [InlineData(ErrorCode.GroupAuthorizationFailed, "identity( -1 closed) failed(GroupAuthorizationFailed)")]
    [InlineData(ErrorCode.InvalidSessionTimeout, "identity( -1 closed) failed(InvalidSessionTimeout)")]
    public void G3_every_answer_to_a_join_of_a_member(ErrorCode code, string expected) =>
        Assert.Equal(expected, MachineProbe.In(MembershipState.Joining).JoinRefused(code, code == ErrorCode.MemberIdRequired ? "m" : ""));

    [Theory]
    [InlineData(ErrorCode.UnknownMemberId, "identity( -1 closed) join()")]
    [InlineData(ErrorCode.IllegalGeneration, "identity(m -1 closed) join(m)")]
    [InlineData(ErrorCode.RebalanceInProgress, "join(m)")]
    [InlineData(ErrorCode.NotCoordinator, "coordinatorMoved findCoordinator findCoordinator")]
    [InlineData(ErrorCode.CoordinatorLoadInProgress, "")]
    [InlineData(ErrorCode.FencedInstanceId, "identity( -1 closed) failed(FencedInstanceId)")]
    [InlineData(ErrorCode.InconsistentGroupProtocol, "identity( -1 closed) failed(InconsistentGroupProtocol)")]
    [InlineData(ErrorCode.GroupAuthorizationFailed, "identity( -1 closed) failed(GroupAuthorizationFailed)")]
    public void G2_every_answer_to_a_sync(ErrorCode code, string expected) =>
        Assert.Equal(expected, MachineProbe.In(MembershipState.Syncing).SyncRefused(code));

    [Theory]
    [InlineData("Member", ErrorCode.None, "")]
    [InlineData("Member", ErrorCode.RebalanceInProgress, "prepareToJoin")]
    [InlineData("Member", ErrorCode.UnknownMemberId, "lost identity( -1 closed) prepareToJoin")]
    [InlineData("Member", ErrorCode.IllegalGeneration, "lost identity(m -1 closed) prepareToJoin")]
    [InlineData("Member", ErrorCode.FencedInstanceId, "identity( -1 closed) failed(FencedInstanceId)")]
    [InlineData("Member", ErrorCode.NotCoordinator, "coordinatorMoved findCoordinator")]
    [InlineData("Member", ErrorCode.CoordinatorLoadInProgress, "")]
    [InlineData("Member", ErrorCode.GroupAuthorizationFailed, "identity( -1 closed) failed(GroupAuthorizationFailed)")]
    [InlineData("Preparing", ErrorCode.RebalanceInProgress, "")]
    [InlineData("Preparing", ErrorCode.UnknownMemberId, "lost identity( -1 closed) prepareToJoin")]
    [InlineData("Preparing", ErrorCode.IllegalGeneration, "lost identity(m -1 closed) prepareToJoin")]
    [InlineData("Planning", ErrorCode.RebalanceInProgress, "")]
    [InlineData("Planning", ErrorCode.UnknownMemberId, "identity( -1 closed) prepareToJoin")]
    [InlineData("Joining", ErrorCode.RebalanceInProgress, "")]
    [InlineData("Joining", ErrorCode.UnknownMemberId, "lost identity( -1 closed)")]
    [InlineData("Syncing", ErrorCode.RebalanceInProgress, "")]
    [InlineData("Out", ErrorCode.UnknownMemberId, "")]
    [InlineData("Leaving", ErrorCode.UnknownMemberId, "")]
    [InlineData("Failed", ErrorCode.FencedInstanceId, "")]
    public void G2_every_answer_to_a_heartbeat_in_every_state(string state, ErrorCode code, string expected) =>
        Assert.Equal(expected, MachineProbe.In(Enum.Parse<MembershipState>(state)).HeartbeatAnswered(code));

    [Theory]
    [InlineData("Member", ErrorCode.None, "")]
    [InlineData("Member", ErrorCode.RebalanceInProgress, "prepareToJoin")]
    [InlineData("Member", ErrorCode.IllegalGeneration, "lost identity(m -1 closed) prepareToJoin")]
    [InlineData("Member", ErrorCode.UnknownMemberId, "lost identity( -1 closed) prepareToJoin")]
    [InlineData("Member", ErrorCode.FencedInstanceId, "identity( -1 closed) failed(FencedInstanceId)")]
    [InlineData("Member", ErrorCode.GroupAuthorizationFailed, "")]
    [InlineData("Preparing", ErrorCode.RebalanceInProgress, "")]
    [InlineData("Preparing", ErrorCode.IllegalGeneration, "")]
    [InlineData("Preparing", ErrorCode.UnknownMemberId, "lost identity( -1 closed) prepareToJoin")]
    [InlineData("Joining", ErrorCode.IllegalGeneration, "")]
    [InlineData("Joining", ErrorCode.UnknownMemberId, "lost identity( -1 closed)")]
    [InlineData("Planning", ErrorCode.IllegalGeneration, "")]
    [InlineData("Syncing", ErrorCode.RebalanceInProgress, "")]
    [InlineData("Syncing", ErrorCode.UnknownMemberId, "identity( -1 closed) prepareToJoin")]
    [InlineData("Out", ErrorCode.UnknownMemberId, "")]
    [InlineData("Leaving", ErrorCode.UnknownMemberId, "")]
    [InlineData("Failed", ErrorCode.FencedInstanceId, "")]
    public void G2_every_answer_to_a_commit_in_every_state(string state, ErrorCode code, string expected) =>
        Assert.Equal(expected, MachineProbe.In(Enum.Parse<MembershipState>(state)).CommitAnswered(code));

    [Theory]
    [InlineData(ErrorCode.UnknownMemberId)]
    [InlineData(ErrorCode.IllegalGeneration)]
    [InlineData(ErrorCode.FencedInstanceId)]
    [InlineData(ErrorCode.RebalanceInProgress)]
    public void Answers_about_another_generation_or_member_are_nothing(ErrorCode code)
    {
        MachineProbe probe = MachineProbe.In(MembershipState.Member);
        Assert.Equal("", probe.CommitAnswered(code, generation: 0));
        Assert.Equal("", probe.CommitAnswered(code, id: "before"));
        Assert.Equal("", probe.HeartbeatAnswered(code, generation: 0));
        Assert.Equal("", probe.HeartbeatAnswered(code, id: "before"));
    }

    [Theory]
    [InlineData("Out", false)]
    [InlineData("Preparing", true)]
    [InlineData("Joining", false)]
    [InlineData("Planning", false)]
    [InlineData("Syncing", false)]
    [InlineData("Member", true)]
    [InlineData("Leaving", false)]
    [InlineData("Failed", false)]
    public void G4_commits_are_for_members_and_not_between_join_and_sync(string state, bool mayCommit) =>
        Assert.Equal(mayCommit, MachineProbe.In(Enum.Parse<MembershipState>(state)).Machine.MayCommit);

    [Fact]
    public void G10_whatever_wants_to_join_again_waits_for_the_answer_that_is_out()
    {
        MachineProbe probe = MachineProbe.In(MembershipState.Joining);
        Assert.Equal("", probe.Do((machine, now) => machine.Rejoin("one", now)));
        Assert.Equal("", probe.Do((machine, now) => machine.Subscribe(now)));
        Assert.Equal("", probe.Do((machine, now) => machine.PreparedToJoin(now)));
        Assert.Equal("", probe.After(200));
        Assert.Equal("identity(m 2 closed) sync(m 2)", probe.Joined(2));
        Assert.Equal("", probe.Do((machine, now) => machine.Rejoin("two", now)));
        Assert.Equal("identity(m 2 open) assigned(2: t-0)", probe.Synced(P0));
        Assert.Equal("", probe.Do((machine, now) => machine.Rejoin("three", now)));
        Assert.Equal("prepareToJoin", probe.Do((machine, now) => machine.AssignmentApplied(false, now)));
        Assert.Equal("identity(m 2 closed) join(m)", probe.Do((machine, now) => machine.PreparedToJoin(now)));
    }

    [Fact]
    public void G10_a_join_that_was_given_up_is_answered_before_the_next_goes_out()
    {
        MachineProbe probe = MachineProbe.In(MembershipState.Joining);
        Assert.Equal("leave(m beside) identity( -1 closed)", probe.Do((machine, now) => machine.Leave(now)));
        Assert.Equal("", probe.Do((machine, now) => machine.Subscribe(now)));
        Assert.Equal("leaveDone prepareToJoin", probe.Do((machine, now) => machine.Left(now)));
        Assert.Equal("", probe.Do((machine, now) => machine.PreparedToJoin(now)));
        Assert.Equal("join()", probe.JoinRefused(ErrorCode.UnknownMemberId));
    }

    [Fact]
    public void A_member_whose_id_is_on_its_way_waits_for_it_to_leave()
    {
        MachineProbe probe = new();
        probe.Machine.CoordinatorFound(probe.Now);
        probe.Machine.Subscribe(probe.Now);
        probe.Machine.PreparedToJoin(probe.Now);
        Assert.Equal("prepareToJoin join()", probe.Take());
        Assert.Equal("", probe.Do((machine, now) => machine.Leave(now)));
        Assert.Equal("leave(m)", probe.JoinRefused(ErrorCode.MemberIdRequired, "m"));
        Assert.Equal("leaveDone", probe.Do((machine, now) => machine.Left(now)));
    }

    [Theory]
    [InlineData("Out", "leaveDone")]
    [InlineData("Preparing", "leave(m) identity( -1 closed)")]
    [InlineData("Joining", "leave(m beside) identity( -1 closed)")]
    [InlineData("Planning", "leave(m) identity( -1 closed)")]
    [InlineData("Syncing", "leave(m beside) identity( -1 closed)")]
    [InlineData("Member", "leave(m) identity( -1 closed)")]
    [InlineData("Leaving", "")]
    [InlineData("Failed", "leaveDone")]
    public void Leaving_in_every_state(string state, string expected) =>
        Assert.Equal(expected, MachineProbe.In(Enum.Parse<MembershipState>(state)).Do((machine, now) => machine.Leave(now)));

    [Theory]
    [InlineData("Out", "")]
    [InlineData("Preparing", "lost leave(m) identity( -1 closed)")]
    [InlineData("Joining", "lost leave(m beside) identity( -1 closed)")]
    [InlineData("Planning", "leave(m) identity( -1 closed)")]
    [InlineData("Syncing", "leave(m beside) identity( -1 closed)")]
    [InlineData("Member", "lost leave(m) identity( -1 closed)")]
    [InlineData("Leaving", "")]
    [InlineData("Failed", "")]
    public void G9_an_overdue_application_in_every_state(string state, string expected)
    {
        MachineProbe probe = MachineProbe.In(Enum.Parse<MembershipState>(state));
        Assert.Equal(expected, probe.Do((machine, _) => machine.ProcessingOverdue(new KafkaTimeoutException("slow"))));
        Assert.Equal("", probe.After(1000));
        bool rejoins = expected.Length > 0;
        Assert.Equal(rejoins ? "prepareToJoin" : "", probe.Do((machine, now) => machine.Resumed(now)));
    }

    [Theory]
    [InlineData("Preparing", "lost identity(m -1 closed) findCoordinator prepareToJoin")]
    [InlineData("Member", "lost identity(m -1 closed) findCoordinator prepareToJoin")]
    [InlineData("Planning", "identity(m -1 closed) findCoordinator prepareToJoin")]
    public void G9_the_session_ends_by_itself_when_nothing_is_heard(string state, string expected)
    {
        MachineProbe probe = MachineProbe.In(Enum.Parse<MembershipState>(state));
        probe.Do((machine, _) => machine.CoordinatorLost());
        Assert.Equal("", probe.After(44.9));
        Assert.Equal(expected, probe.After(0.1));
    }

    [Fact]
    public void G9_the_session_lives_from_when_the_last_answered_heartbeat_was_sent()
    {
        MachineProbe probe = MachineProbe.In(MembershipState.Member);
        Assert.Equal("heartbeat(m 1)", probe.After(3));
        TimeSpan sentAt = probe.Now;
        probe.Now += 20 * MachineProbe.Second;
        Assert.Equal("", probe.Do((machine, now) => machine.HeartbeatAnswered(ErrorCode.None, "m", 1, sentAt, now)));
        Assert.Equal("heartbeat(m 1)", probe.After(0));
        Assert.Equal("", probe.Do((machine, now) => machine.HeartbeatFailed(new KafkaConnectionException("gone"), now)));
        probe.Do((machine, _) => machine.CoordinatorLost());
        Assert.Equal("", probe.After(24.9));
        Assert.StartsWith("lost", probe.After(0.1));
    }

    [Fact]
    public void A_member_that_is_parked_is_excused()
    {
        MachineProbe probe = MachineProbe.In(MembershipState.Joining);
        Assert.Equal("", probe.After(299));
        Assert.Equal(TimeSpan.MaxValue, probe.Machine.NextDue);
        Assert.Equal("heartbeat(m 1)", probe.Lost()); // not excused any more
        Assert.Equal("join(m)", probe.After(0.1));
    }

    [Fact]
    public void Failures_are_tried_again_later_and_later()
    {
        MachineProbe probe = MachineProbe.In(MembershipState.Joining);
        foreach (double wait in new[] { 0.1, 0.2, 0.4, 0.8, 0.8 })
        {
            Assert.Equal("", probe.Lost());
            Assert.Equal("", probe.After(wait - 0.01));
            Assert.Equal("join(m)", probe.After(0.01));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cooperative_members_join_again_when_they_gave_something_up(bool revokedSome)
    {
        MachineProbe probe = MachineProbe.In(MembershipState.Syncing);
        probe.Synced(P0);
        Assert.Equal(revokedSome ? "prepareToJoin" : "", probe.Do((machine, now) => machine.AssignmentApplied(revokedSome, now)));
        if (revokedSome)
        {
            Assert.EndsWith("join(m)", probe.Do((machine, now) => machine.PreparedToJoin(now)));
        }
    }

    [Fact]
    public void Eager_members_own_nothing_when_they_join()
    {
        MachineProbe probe = MachineProbe.In(MembershipState.Joining, isEager: true);
        Assert.Equal("identity( -1 closed) join()", probe.JoinRefused(ErrorCode.UnknownMemberId));
    }

    [Fact]
    public void A_protocol_that_was_not_offered_and_an_assignment_that_cannot_be_read_end_it()
    {
        Assert.Equal("leave(m) identity( -1 closed) failed(KafkaException)", MachineProbe.In(MembershipState.Joining).Joined(2, protocol: "other"));
        Assert.Equal("leave(m) identity( -1 closed) failed(KafkaProtocolException)", MachineProbe.In(MembershipState.Syncing)
            .Do((machine, now) => machine.SyncAnswered(new SyncGroupResponse { Assignment = [0, 0, 1] }, now)));
    }

    [Fact]
    public void A_plan_of_an_old_generation_is_dropped_and_one_that_fails_lets_another_lead()
    {
        MachineProbe probe = MachineProbe.In(MembershipState.Planning);
        Assert.Equal("", probe.Do((machine, now) => machine.Planned(0, [], now)));
        Assert.Equal("", probe.Do((machine, _) => machine.PlanFailed(0, new KafkaException("no"))));
        Assert.Equal("leave(m) identity( -1 closed) failed(KafkaException)", probe.Do((machine, _) => machine.PlanFailed(1, new KafkaException("no"))));
    }

    [Fact]
    public void A_failed_member_begins_again_when_it_subscribes_again() =>
        Assert.Equal("prepareToJoin", MachineProbe.In(MembershipState.Failed).Do((machine, now) => machine.Subscribe(now)));

    [Fact]
    public void A_static_member_neither_leaves_nor_forgets_its_id_when_it_is_slow()
    {
        MachineProbe probe = MachineProbe.In(MembershipState.Member, instanceId: "one");
        Assert.Equal("lost identity(m -1 closed)", probe.Do((machine, _) => machine.ProcessingOverdue(new KafkaTimeoutException("slow"))));
        Assert.Equal("identity( -1 closed) leaveDone", probe.Do((machine, now) => machine.Leave(now)));
    }
}
