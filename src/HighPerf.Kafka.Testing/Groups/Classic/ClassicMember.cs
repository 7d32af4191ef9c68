using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Groups.Classic;

/// <summary>One member of a classic group. Owner: the cluster's loop.</summary>
internal sealed class ClassicMember
{
    public ClassicMember(string id, string? instanceId, string clientId, string clientHost)
    {
        Id = id;
        InstanceId = instanceId;
        ClientId = clientId;
        ClientHost = clientHost;
    }

    /// <summary>Changes when a static member comes back without its id; set by the list of members only.</summary>
    public string Id { get; set; }

    /// <summary>What makes a member static (KIP-345); null: it is a dynamic one.</summary>
    public string? InstanceId { get; }

    public string ClientId { get; }

    public string ClientHost { get; }

    public int SessionTimeoutMs { get; set; }

    public int RebalanceTimeoutMs { get; set; }

    /// <summary>What the member can speak, the preferred first, with what it tells the leader in each.</summary>
    public List<JoinGroupRequest.JoinGroupRequestProtocol> Protocols { get; set; } = [];

    public byte[] Assignment { get; set; } = [];

    /// <summary>Has never been told that it is a member, so it cannot send heartbeats yet.</summary>
    public bool IsNew { get; set; }

    /// <summary>Its JoinGroup that waits for the rebalance; kept when the connection is gone.</summary>
    public JoinCall? Join { get; set; }

    /// <summary>Its SyncGroup that waits for the leader's; kept when the connection is gone.</summary>
    public SyncCall? Sync { get; set; }

    /// <summary>Has not sent SyncGroup in this generation.</summary>
    public bool OwesSync { get; set; }

    /// <summary>The session, or for a new member the time that its first JoinGroup may wait.</summary>
    public required GroupDeadline Session { get; init; }

    /// <summary>A member that waits for the group need not send heartbeats; only a new one can give up waiting.</summary>
    public bool IsExcusedFromHeartbeats => !IsNew && (Join is not null || Sync is not null);

    public bool Speaks(string protocol) => Protocols.Exists(known => known.Name == protocol);

    public bool SpeaksTheSame(List<JoinGroupRequest.JoinGroupRequestProtocol> protocols) =>
        Protocols.Count == protocols.Count
        && Protocols.Zip(protocols).All(pair => pair.First.Name == pair.Second.Name && pair.First.Metadata.AsSpan().SequenceEqual(pair.Second.Metadata));

    public byte[] MetadataOf(string protocol) => Protocols.Find(known => known.Name == protocol)?.Metadata ?? [];

    public void Update(JoinCall call)
    {
        Protocols = call.Request.Protocols;
        RebalanceTimeoutMs = call.RebalanceTimeoutMs;
        SessionTimeoutMs = call.Request.SessionTimeoutMs;
    }

    public void StartSession() => Session.Start(SessionTimeoutMs);

    public void AnswerJoin(JoinGroupResponse response)
    {
        JoinCall? call = Join;
        Join = null;
        call?.Answer(response);
    }

    public void RefuseJoin(ErrorCode error, string memberId)
    {
        JoinCall? call = Join;
        Join = null;
        call?.Refuse(error, memberId);
    }

    public void AnswerSync(SyncGroupResponse response)
    {
        SyncCall? call = Sync;
        Sync = null;
        call?.Answer(response);
    }
}
