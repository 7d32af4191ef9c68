using HighPerf.Kafka.Groups;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Tests.Groups;

/// <summary>The membership machine with nothing around it: events in, actions out as text. Time is what the test says.</summary>
internal sealed class MachineProbe
{
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public MachineProbe(bool isEager = false, string? instanceId = null) => Machine = new ClassicMembership(new MembershipSettings("g")
    {
        IsEager = isEager, GroupInstanceId = instanceId, Protocols = ["range", "cooperative-sticky"],
    });

    public ClassicMembership Machine { get; }

    public TimeSpan Now { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>What it wants done since the last call.</summary>
    public string Take()
    {
        List<string> actions = [];
        while (Machine.TryTake(out MembershipAction action))
        {
            actions.Add(action.Kind switch
            {
                MembershipActionKind.SendJoin => $"join({action.MemberId})",
                MembershipActionKind.SendSync => $"sync({action.MemberId} {action.Generation})",
                MembershipActionKind.SendHeartbeat => $"heartbeat({action.MemberId} {action.Generation})",
                MembershipActionKind.SendLeave => action.IsBeside ? $"leave({action.MemberId} beside)" : $"leave({action.MemberId})",
                MembershipActionKind.IdentityChanged => $"identity({action.MemberId} {action.Generation} {(action.MayCommit ? "open" : "closed")})",
                MembershipActionKind.Assigned => $"assigned({action.Generation}: {string.Join(' ', action.Partitions!)})",
                MembershipActionKind.Failed => $"failed({(action.Error as KafkaBrokerException)?.Code.ToString() ?? action.Error!.GetType().Name})",
                _ => char.ToLowerInvariant(action.Kind.ToString()[0]) + action.Kind.ToString()[1..],
            });
        }

        return string.Join(' ', actions);
    }

    public string After(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        Machine.TimePassed(Now);
        return Take();
    }

    public string Do(Action<ClassicMembership, TimeSpan> happen)
    {
        happen(Machine, Now);
        return Take();
    }

    public string Joined(int generation = 1, string id = "m", string leader = "other", string protocol = "range") => Do((machine, now) =>
        machine.JoinAnswered(
            new JoinGroupResponse { GenerationId = generation, MemberId = id, Leader = leader, ProtocolName = protocol, ProtocolType = "consumer" }, now));

    public string JoinRefused(ErrorCode code, string id = "") =>
        Do((machine, now) => machine.JoinAnswered(new JoinGroupResponse { ErrorCode = (short)code, MemberId = id }, now));

    public string Synced(params TopicPartition[] partitions) =>
        Do((machine, now) => machine.SyncAnswered(new SyncGroupResponse { Assignment = ConsumerMetadata.WriteAssignment(partitions) }, now));

    public string SyncRefused(ErrorCode code) => Do((machine, now) => machine.SyncAnswered(new SyncGroupResponse { ErrorCode = (short)code }, now));

    public string HeartbeatAnswered(ErrorCode code, string id = "m", int generation = 1) =>
        Do((machine, now) => machine.HeartbeatAnswered(code, id, generation, now, now));

    public string CommitAnswered(ErrorCode code, string id = "m", int generation = 1) =>
        Do((machine, now) => machine.CommitAnswered(code, id, generation, now));

    public string Lost() => Do((machine, now) => machine.RequestFailed(new KafkaConnectionException("gone"), now));

    /// <summary>Brings a new machine to a state.</summary>
    public static MachineProbe In(MembershipState state, bool isEager = false, string? instanceId = null)
    {
        MachineProbe probe = new(isEager, instanceId);
        ClassicMembership machine = probe.Machine;
        if (state == MembershipState.Out)
        {
            return probe;
        }

        machine.CoordinatorFound(probe.Now);
        machine.Subscribe(probe.Now);
        machine.PreparedToJoin(probe.Now);
        probe.JoinRefused(ErrorCode.MemberIdRequired, "m");
        probe.Joined(leader: state == MembershipState.Planning ? "m" : "other");
        if (state is not (MembershipState.Planning or MembershipState.Syncing))
        {
            probe.Synced(new TopicPartition("t", 0), new TopicPartition("t", 1));
            machine.AssignmentApplied(false, probe.Now);
        }

        if (state is MembershipState.Preparing or MembershipState.Joining)
        {
            machine.Rejoin("test", probe.Now);
        }

        if (state == MembershipState.Joining)
        {
            machine.PreparedToJoin(probe.Now);
        }

        if (state == MembershipState.Leaving)
        {
            machine.Leave(probe.Now);
        }

        if (state == MembershipState.Failed)
        {
            machine.CommitAnswered(ErrorCode.FencedInstanceId, "m", 1, probe.Now);
        }

        Assert.Equal(state, machine.State);
        probe.Take();
        return probe;
    }
}
