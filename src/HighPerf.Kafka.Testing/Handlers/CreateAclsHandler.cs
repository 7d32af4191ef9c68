using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>There is no authorizer that would take an ACL.</summary>
internal sealed class CreateAclsHandler : RequestHandler<CreateAclsRequest, CreateAclsResponse>
{
    protected override CreateAclsResponse Handle(CreateAclsRequest request, RequestContext context) =>
        CreateErrorResponse(request, context, ErrorCode.SecurityDisabled);

    protected override CreateAclsResponse CreateErrorResponse(CreateAclsRequest request, RequestContext context, ErrorCode error)
    {
        CreateAclsResponse response = new();
        response.Results.AddRange(request.Creations.Select(_ => new CreateAclsResponse.AclCreationResult
        {
            ErrorCode = (short)error,
            ErrorMessage = error == ErrorCode.SecurityDisabled ? DescribeAclsHandler.NoAuthorizer : null,
        }));
        return response;
    }
}
