using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Groups;

/// <content>What goes to the coordinator.</content>
internal sealed partial class GroupMembership
{
    private const string ConsumerProtocolType = "consumer";

    // The first flexible versions say nothing that the ones before do not. The mock cluster of librdkafka stops there, and reads them wrong.
    private const short FirstFlexibleJoin = 6;
    private const short FirstFlexibleSync = 4;
    private const short FirstFlexibleLeave = 4;

    // What a coordinator may take beyond the rebalance timeout, by which it answers a JoinGroup at the latest.
    private static readonly TimeSpan JoinSlack = TimeSpan.FromSeconds(5);

    // Assignors, which may be a user's, have a say in it: made on the executor, sent from the loop.
    private void SendJoin(MembershipAction action)
    {
        _logger.Joining(_options.GroupId!, action.MemberId, action.Reason);
        _planner = null;
        _watched = null;
        IReadOnlyList<string> topics = _topics;
        IReadOnlyList<TopicPartition> owned = IsEager ? [] : [.. _listener.OwnedPartitions];
        _claimed = owned;
        IReadOnlyList<TopicPartition> lastAssigned = _lastAssigned;
        int lastGeneration = _lastGeneration;
        JoinGroupRequest message = new()
        {
            GroupId = _options.GroupId!,
            SessionTimeoutMs = (int)_options.SessionTimeout.TotalMilliseconds,
            RebalanceTimeoutMs = (int)_options.EffectiveRebalanceTimeout.TotalMilliseconds,
            MemberId = action.MemberId,
            GroupInstanceId = _options.GroupInstanceId,
            ProtocolType = ConsumerProtocolType,
            Reason = action.Reason,
        };
        _cluster.Runtime.Executor.Queue(new LoopCall(() =>
        {
            try
            {
                foreach (IPartitionAssignor assignor in _assignors)
                {
                    byte[]? userData = assignor.GetUserData(topics, lastAssigned, lastGeneration);
                    message.Protocols.Add(new JoinGroupRequest.JoinGroupRequestProtocol
                    {
                        Name = assignor.Name,
                        Metadata = ConsumerMetadata.WriteSubscription(topics, userData, owned, action.Generation, _options.ClientRack),
                    });
                }

                LoopCall.Post(_loop, () => _coordinator.Send(new JoinCall(this, message, JoinTimeout)));
            }
            catch (Exception error)
            {
                // A user's assignor may throw anything.
                KafkaException failure = new($"What group \"{_options.GroupId}\" is told to join it cannot be made: {error.Message}", error);
                LoopCall.Post(_loop, () =>
                {
                    _machine.JoinImpossible(failure, _loop.Now);
                    Drain();
                });
            }
        }));
    }

    private TimeSpan JoinTimeout
    {
        get
        {
            TimeSpan most = _options.EffectiveRebalanceTimeout + JoinSlack;
            return most > _options.RequestTimeout ? most : _options.RequestTimeout;
        }
    }

    private void SendSync(in MembershipAction action)
    {
        SyncGroupRequest message = new()
        {
            GroupId = _options.GroupId!,
            GenerationId = action.Generation,
            MemberId = action.MemberId,
            GroupInstanceId = _options.GroupInstanceId,
            ProtocolType = ConsumerProtocolType,
            ProtocolName = action.Protocol,
            Assignments = action.Assignments!,
        };

        // It waits for the leader, and that one for no longer than its session lasts.
        TimeSpan timeout = _options.SessionTimeout > _options.RequestTimeout ? _options.SessionTimeout : _options.RequestTimeout;
        _coordinator.Send(new SyncCall(this, message, timeout));
    }

    private void SendHeartbeat(in MembershipAction action)
    {
        HeartbeatRequest message = new()
        {
            GroupId = _options.GroupId!,
            GenerationId = action.Generation,
            MemberId = action.MemberId,
            GroupInstanceId = _options.GroupInstanceId,
        };
        TimeSpan timeout = _options.SessionTimeout < _options.RequestTimeout ? _options.SessionTimeout : _options.RequestTimeout;
        _coordinator.Send(new HeartbeatCall(this, message, timeout, _loop.Now));
    }

    private void SendLeave(in MembershipAction action)
    {
        LeaveCall call = new(this, action.MemberId, action.Reason!, _options.RequestTimeout);
        if (action.IsBeside && _coordinator.BrokerId is { } broker)
        {
            // The coordinator serves one request of a connection at a time, and there one is parked.
            _cluster.Send(broker, call);
        }
        else
        {
            _coordinator.Send(call);
        }
    }

    private sealed class JoinCall(GroupMembership membership, JoinGroupRequest message, TimeSpan timeout)
        : ControlRequest<JoinGroupRequest, JoinGroupResponse>(message, timeout, static answer => answer.ThrottleTimeMs)
    {
        public override short Settle(short highest) => highest == FirstFlexibleJoin ? (short)(FirstFlexibleJoin - 1) : highest;

        public override void OnFailed(KafkaException error, bool maybeSent)
        {
            membership._machine.RequestFailed(error, membership._loop.Now);
            membership.Drain();
        }

        protected override void OnAnswer(JoinGroupResponse response, short version)
        {
            membership._machine.JoinAnswered(response, membership._loop.Now);
            membership.Drain();
        }
    }

    private sealed class SyncCall(GroupMembership membership, SyncGroupRequest message, TimeSpan timeout)
        : ControlRequest<SyncGroupRequest, SyncGroupResponse>(message, timeout, static answer => answer.ThrottleTimeMs)
    {
        public override short Settle(short highest) => highest == FirstFlexibleSync ? (short)(FirstFlexibleSync - 1) : highest;

        public override void OnFailed(KafkaException error, bool maybeSent)
        {
            membership._machine.RequestFailed(error, membership._loop.Now);
            membership.Drain();
        }

        protected override void OnAnswer(SyncGroupResponse response, short version)
        {
            membership._machine.SyncAnswered(response, membership._loop.Now);
            membership.Drain();
        }
    }

    private sealed class HeartbeatCall(GroupMembership membership, HeartbeatRequest message, TimeSpan timeout, TimeSpan sentAt)
        : ControlRequest<HeartbeatRequest, HeartbeatResponse>(message, timeout, static answer => answer.ThrottleTimeMs)
    {
        public override void OnFailed(KafkaException error, bool maybeSent)
        {
            membership._machine.HeartbeatFailed(error, membership._loop.Now);
            membership.Drain();
        }

        protected override void OnAnswer(HeartbeatResponse response, short version)
        {
            membership._machine.HeartbeatAnswered(
                (ErrorCode)response.ErrorCode, Message.MemberId, Message.GenerationId, sentAt, membership._loop.Now);
            membership.Drain();
        }
    }

    /// <summary>Whatever the answer is, there is nothing more to say. It may come on the control loop.</summary>
    private sealed class LeaveCall(GroupMembership membership, string memberId, string reason, TimeSpan timeout)
        : ControlRequest<LeaveGroupRequest, LeaveGroupResponse>(
            new LeaveGroupRequest { GroupId = membership._options.GroupId! }, timeout, static answer => answer.ThrottleTimeMs)
    {
        // Before it the request names one member.
        private const short FirstListVersion = 3;

        public override short Settle(short highest) => highest == FirstFlexibleLeave ? (short)(FirstListVersion - 1) : highest;

        public override void Encode(RequestWriter output, short version)
        {
            bool isList = version >= FirstListVersion;
            Message.MemberId = isList ? "" : memberId;
            Message.Members = isList ? [new LeaveGroupRequest.MemberIdentity { MemberId = memberId, Reason = reason }] : [];
            base.Encode(output, version);
        }

        public override void OnFailed(KafkaException error, bool maybeSent) => Done();

        protected override void OnAnswer(LeaveGroupResponse response, short version) => Done();

        private void Done() => LoopCall.Post(membership._loop, () =>
        {
            membership._machine.Left(membership._loop.Now);
            membership.Drain();
        });
    }
}
