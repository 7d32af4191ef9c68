using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Groups.Classic;

/// <summary>A SyncGroup request on its way to its answer, at once or when the leader has sent the assignment. Owner: the cluster's loop.</summary>
internal sealed class SyncCall : IParkedRequest
{
    private readonly RequestContext _context;
    private bool _abandoned;

    public SyncCall(SyncGroupRequest request, RequestContext context)
    {
        Request = request;
        _context = context;
    }

    public SyncGroupRequest Request { get; }

    public void Park() => _context.Park(this);

    public void Refuse(ErrorCode error) => Answer(new SyncGroupResponse { ErrorCode = (short)error });

    public void Answer(SyncGroupResponse response)
    {
        if (!_abandoned)
        {
            _context.Respond(response);
        }
    }

    void IParkedRequest.Abandon() => _abandoned = true;
}
