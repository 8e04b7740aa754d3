"""The base of forms that edit a row."""

from typing import TYPE_CHECKING, Any

from django import forms

if TYPE_CHECKING:
    from django.forms import ModelForm as ModelForm
else:

    class ModelForm(forms.ModelForm):
        """`ModelForm[Workspace]`: typed for the checker; at run time Django's own, which knows no brackets."""

        def __class_getitem__(cls, _model: Any) -> type["ModelForm"]:
            return cls
