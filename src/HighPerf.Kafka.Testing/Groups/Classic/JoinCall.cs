using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Groups.Classic;

/// <summary>
/// A JoinGroup request on its way to its answer, at once or after the rebalance. When its connection dies the member goes on waiting, as brokers have it:
/// only the answer is lost. Owner: the cluster's loop.
/// </summary>
internal sealed class JoinCall : IParkedRequest
{
    /// <summary>From here on a member without an id is told one and asked to come again (KIP-394).</summary>
    private const short FirstMemberIdRequiredVersion = 4;

    /// <summary>Below, an answer without a protocol has an empty name.</summary>
    private const short FirstNullableProtocolVersion = 7;

    /// <summary>From here on a static leader can be told to leave the assignment as it is (KIP-814).</summary>
    private const short FirstSkipAssignmentVersion = 9;

    private readonly RequestContext _context;
    private bool _abandoned;

    public JoinCall(JoinGroupRequest request, RequestContext context)
    {
        Request = request;
        _context = context;
    }

    public JoinGroupRequest Request { get; }

    public string ClientId => _context.Header.ClientId ?? "";

    public string ClientHost => _context.ClientHost;

    public bool IsMemberIdRequired => _context.Version >= FirstMemberIdRequiredVersion;

    public bool CanSkipAssignment => _context.Version >= FirstSkipAssignmentVersion;

    /// <summary>Version 0 has none and uses the session's.</summary>
    public int RebalanceTimeoutMs => _context.Version == 0 ? Request.SessionTimeoutMs : Request.RebalanceTimeoutMs;

    /// <summary>An answer with nothing but an error.</summary>
    public static JoinGroupResponse Refusal(short version, ErrorCode error, string memberId) => new()
    {
        ErrorCode = (short)error,
        ProtocolName = version < FirstNullableProtocolVersion ? "" : null,
        MemberId = memberId,
    };

    public void Park() => _context.Park(this);

    public void Refuse(ErrorCode error, string memberId = "") => Answer(Refusal(_context.Version, error, memberId));

    public void Answer(JoinGroupResponse response)
    {
        if (!_abandoned)
        {
            _context.Respond(response);
        }
    }

    void IParkedRequest.Abandon() => _abandoned = true;
}
