using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>There is no authorizer that would have an ACL.</summary>
internal sealed class DeleteAclsHandler : RequestHandler<DeleteAclsRequest, DeleteAclsResponse>
{
    protected override DeleteAclsResponse Handle(DeleteAclsRequest request, RequestContext context) =>
        CreateErrorResponse(request, context, ErrorCode.SecurityDisabled);

    protected override DeleteAclsResponse CreateErrorResponse(DeleteAclsRequest request, RequestContext context, ErrorCode error)
    {
        DeleteAclsResponse response = new();
        response.FilterResults.AddRange(request.Filters.Select(_ => new DeleteAclsResponse.DeleteAclsFilterResult
        {
            ErrorCode = (short)error,
            ErrorMessage = error == ErrorCode.SecurityDisabled ? DescribeAclsHandler.NoAuthorizer : null,
        }));
        return response;
    }
}
