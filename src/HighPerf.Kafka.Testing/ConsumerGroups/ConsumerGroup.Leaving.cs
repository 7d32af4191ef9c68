using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>How an administrator takes members out: by the LeaveGroup of the classic protocol.</summary>
internal sealed partial class ConsumerGroup
{
    public override List<LeaveGroupResponse.MemberResponse> Leave(List<LeaveGroupRequest.MemberIdentity> leaving) =>
        leaving.ConvertAll(identity => new LeaveGroupResponse.MemberResponse
        {
            MemberId = identity.MemberId,
            GroupInstanceId = identity.GroupInstanceId,
            ErrorCode = (short)TakeOut(identity),
        });

    private ErrorCode TakeOut(LeaveGroupRequest.MemberIdentity identity)
    {
        ConsumerMember? member = identity.GroupInstanceId is null ? FindMember(identity.MemberId) : FindStatic(identity.GroupInstanceId);
        if (member is null)
        {
            return ErrorCode.UnknownMemberId;
        }

        if (identity.MemberId.Length > 0 && identity.MemberId != member.Id)
        {
            return ErrorCode.FencedInstanceId;
        }

        Fence(member, "it was taken out");
        return ErrorCode.None;
    }
}
