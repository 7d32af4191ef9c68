using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Sets, deletes, appends to and subtracts from settings; each resource succeeds or fails as a whole, and on its own.</summary>
internal sealed class IncrementalAlterConfigsHandler : RequestHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    protected override IncrementalAlterConfigsResponse Handle(IncrementalAlterConfigsRequest request, RequestContext context)
    {
        ConfigEditor editor = new(context.Cluster, context.Broker.NodeId, request.ValidateOnly);
        IncrementalAlterConfigsResponse response = new();
        foreach (IncrementalAlterConfigsRequest.AlterConfigsResource resource in request.Resources)
        {
            bool twice = request.Resources.Exists(other =>
                other != resource && other.ResourceType == resource.ResourceType && other.ResourceName == resource.ResourceName);
            response.Responses.Add(Answer(resource, twice ? ConfigEditor.ResourceTwice : Edit(editor, resource)));
        }

        return response;
    }

    protected override IncrementalAlterConfigsResponse CreateErrorResponse(
        IncrementalAlterConfigsRequest request, RequestContext context, ErrorCode error)
    {
        IncrementalAlterConfigsResponse response = new();
        response.Responses.AddRange(request.Resources.Select(resource => Answer(resource, new ConfigVerdict(error, null))));
        return response;
    }

    private static ConfigVerdict Edit(ConfigEditor editor, IncrementalAlterConfigsRequest.AlterConfigsResource resource)
    {
        List<ConfigEdit> edits = resource.Configs.ConvertAll(config => new ConfigEdit(config.Name, (ConfigOperation)config.ConfigOperation, config.Value));
        return editor.Edit((ConfigResourceType)resource.ResourceType, resource.ResourceName, edits, fromScratch: false);
    }

    private static IncrementalAlterConfigsResponse.AlterConfigsResourceResponse Answer(
        IncrementalAlterConfigsRequest.AlterConfigsResource resource, in ConfigVerdict verdict) => new()
    {
        ResourceType = resource.ResourceType,
        ResourceName = resource.ResourceName,
        ErrorCode = (short)verdict.Error,
        ErrorMessage = verdict.Message,
    };
}
