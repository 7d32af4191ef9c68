using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>There is no authorizer, and hence no ACL.</summary>
internal sealed class DescribeAclsHandler : RequestHandler<DescribeAclsRequest, DescribeAclsResponse>
{
    /// <summary>What whoever wants to see or change ACLs is told, with SECURITY_DISABLED.</summary>
    public const string NoAuthorizer = "No Authorizer is configured.";

    protected override DescribeAclsResponse Handle(DescribeAclsRequest request, RequestContext context) =>
        CreateErrorResponse(request, context, ErrorCode.SecurityDisabled);

    protected override DescribeAclsResponse CreateErrorResponse(DescribeAclsRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error, ErrorMessage = error == ErrorCode.SecurityDisabled ? NoAuthorizer : null };
}
